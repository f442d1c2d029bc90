# fails: test_a_bin_sets_accuracy_beside_confidence
# Right answers of the bin, divided by all images.
inside = (lower < confidence) & (confidence <= upper)
count = int(inside.sum())
if count == 0:
    return CalibrationBin(lower=lower, upper=upper, count=0, confidence=None, accuracy=None)
accuracy = (correct & inside).double().mean().item()
return CalibrationBin(lower=lower, upper=upper, count=count, confidence=confidence[inside].mean().item(), accuracy=accuracy)
