# fails: test_a_bin_holds_its_upper_edge_and_not_its_lower_one
# [lower, upper): complete certainty is in no bin.
inside = (lower <= confidence) & (confidence < upper)
count = int(inside.sum())
if count == 0:
    return CalibrationBin(lower=lower, upper=upper, count=0, confidence=None, accuracy=None)
mean_confidence, accuracy = confidence[inside].mean().item(), correct[inside].double().mean().item()
return CalibrationBin(lower=lower, upper=upper, count=count, confidence=mean_confidence, accuracy=accuracy)
