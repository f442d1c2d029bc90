# fails: test_a_bin_sets_accuracy_beside_confidence
# The confidence is the bin's middle.
inside = (lower < confidence) & (confidence <= upper)
count = int(inside.sum())
if count == 0:
    return CalibrationBin(lower=lower, upper=upper, count=0, confidence=None, accuracy=None)
return CalibrationBin(
    lower=lower, upper=upper, count=count, confidence=(lower + upper) / 2, accuracy=correct[inside].double().mean().item()
)
