# fails: test_empty_bins_do_not_count
# Divided by the number of all bins.
# ---
return sum(abs((each.accuracy or 0) - (each.confidence or 0)) for each in bins) / len(bins)
