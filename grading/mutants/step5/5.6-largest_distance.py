# fails: test_the_error_weighs_bins_by_their_images
# The maximum calibration error.
# ---
return max(abs(each.accuracy - each.confidence) for each in bins if each.count)
