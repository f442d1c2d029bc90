# fails: test_in_the_macro_average_every_class_counts_the_same
# F1 is made from averaged precision and recall.
per_class, support = precision_recall_f1(matrix), matrix.sum(dim=1).double()
if average == "micro":
    return (matrix.diagonal().sum() / support.sum()).repeat(3)
weights = torch.ones_like(support) if average == "macro" else support
precision, recall, _ = weights @ per_class / weights.sum()
return torch.stack([precision, recall, 2 * precision * recall / (precision + recall).clamp(min=1e-12)])
