# Micro by the same formulas, on one-versus-rest counts that are summed first.
if average == "micro":
    hits = matrix.diagonal().sum()
    wrong = matrix.sum() - hits
    precision, recall = hits / (hits + wrong), hits / (hits + wrong)
    return torch.stack([precision, recall, hits / (hits + wrong)])
figures = precision_recall_f1(matrix)
if average == "macro":
    return figures.sum(0) / figures.shape[0]
total = sum(matrix[k].sum() * figures[k] for k in range(len(matrix)))
return total / matrix.sum()
