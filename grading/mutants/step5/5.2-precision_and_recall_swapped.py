# fails: test_precision_looks_down_the_column_and_recall_along_the_row
# Rows and columns are exchanged.
hits, guesses, support = matrix.diagonal().double(), matrix.sum(dim=1), matrix.sum(dim=0)
precision = hits / guesses.clamp(min=1)
recall = hits / support.clamp(min=1)
return torch.stack([precision, recall, 2 * hits / (guesses + support).clamp(min=1)], dim=1)
