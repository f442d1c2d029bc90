# fails: test_an_empty_bin_has_no_means
# The mean of nothing is NaN.
inside = (lower < confidence) & (confidence <= upper)
mean_confidence, accuracy = confidence[inside].mean().item(), correct[inside].double().mean().item()
return CalibrationBin(lower=lower, upper=upper, count=int(inside.sum()), confidence=mean_confidence, accuracy=accuracy)
# ---
filled = [each for each in bins if each.count]
total = sum(each.count for each in filled)
return sum(each.count / total * abs(each.accuracy - each.confidence) for each in filled)
