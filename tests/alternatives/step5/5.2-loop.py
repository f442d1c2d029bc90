# A loop over the classes.
rows = []
for k in range(len(matrix)):
    tp = matrix[k, k].item()
    fp = matrix[:, k].sum().item() - tp
    fn = matrix[k].sum().item() - tp
    precision = tp / (tp + fp) if tp + fp > 0 else 0.0
    recall = tp / (tp + fn) if tp + fn > 0 else 0.0
    rows.append([precision, recall, 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0])
return torch.tensor(rows)
