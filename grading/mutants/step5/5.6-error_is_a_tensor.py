# fails: test_the_error_is_a_plain_number
# Tensors, and a tensor comes back.
# ---
rows = torch.tensor([(each.count, each.accuracy, each.confidence) for each in bins if each.accuracy is not None])
count, accuracy, confidence = rows.T
return (count / count.sum()) @ (accuracy - confidence).abs()
