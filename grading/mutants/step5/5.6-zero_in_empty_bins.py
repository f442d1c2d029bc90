# fails: test_an_empty_bin_has_no_means
# An empty bin says that it is never right.
inside = (lower < confidence) & (confidence <= upper)
count = int(inside.sum())
return CalibrationBin(
    lower=lower,
    upper=upper,
    count=count,
    confidence=confidence[inside].sum().item() / max(count, 1),
    accuracy=correct[inside].sum().item() / max(count, 1),
)
