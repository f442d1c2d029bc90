# fails: test_too_sure_and_too_unsure_do_not_cancel
# Differences of both signs are added.
# ---
total = sum(each.count for each in bins)
return abs(sum(each.count / total * (each.accuracy - each.confidence) for each in bins if each.count))
