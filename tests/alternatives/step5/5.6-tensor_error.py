# Only the error differs: worked out as tensors.
# ---
rows = torch.tensor([(each.count, each.accuracy, each.confidence) for each in bins if each.accuracy is not None])
count, accuracy, confidence = rows.T
return ((count / count.sum()) @ (accuracy - confidence).abs()).item()
