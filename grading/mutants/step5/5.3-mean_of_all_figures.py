# fails: test_an_average_is_three_figures
# One mean over classes and figures.
per_class, support = precision_recall_f1(matrix), matrix.sum(dim=1).double()
if average == "macro":
    return per_class.mean()
if average == "weighted":
    return support @ per_class / support.sum()
return (matrix.diagonal().sum() / support.sum()).repeat(3)
