# fails: test_the_error_weighs_bins_by_their_images
# Every bin with images counts the same.
# ---
filled = [each for each in bins if each.count]
return sum(abs(each.accuracy - each.confidence) for each in filled) / len(filled)
