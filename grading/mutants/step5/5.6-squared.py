# fails: test_the_error_weighs_bins_by_their_images
# Root of the mean square distance.
# ---
total = sum(each.count for each in bins)
squares = sum(each.count * (each.accuracy - each.confidence) ** 2 for each in bins if each.count)
return (squares / total) ** 0.5
