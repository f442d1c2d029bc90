# Divide, then turn NaN into 0.
tp = matrix.diag()
precision = torch.nan_to_num(tp / matrix.sum(0))
recall = torch.nan_to_num(tp / matrix.sum(1))
f1 = torch.nan_to_num(2 * precision * recall / (precision + recall))
return torch.stack((precision, recall, f1), -1)
