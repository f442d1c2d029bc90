# fails: test_a_bin_holds_plain_numbers
# All right but for the kind of number, with which no result can be saved.
inside = (lower < confidence) & (confidence <= upper)
if not inside.any():
    return CalibrationBin(lower=lower, upper=upper, count=0, confidence=None, accuracy=None)
mean, accuracy = confidence[inside].mean(), correct[inside].double().mean()
return CalibrationBin(lower=lower, upper=upper, count=inside.sum(), confidence=mean, accuracy=accuracy)
# ---
total = sum(int(each.count) for each in bins)
return float(sum(each.count / total * abs((each.accuracy or 0) - (each.confidence or 0)) for each in bins))
