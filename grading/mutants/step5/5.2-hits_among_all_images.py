# fails: test_precision_looks_down_the_column_and_recall_along_the_row
# Divided by the number of all images.
share = matrix.diagonal().double() / matrix.sum().clamp(min=1)
return torch.stack([share, share, share], dim=1)
