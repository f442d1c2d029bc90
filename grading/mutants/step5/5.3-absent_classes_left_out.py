# fails: test_a_class_that_never_occurs_lowers_the_macro_average
# Classes without images are no part of the macro average.
per_class, support = precision_recall_f1(matrix), matrix.sum(dim=1).double()
if average == "macro":
    return per_class[support > 0].mean(dim=0)
if average == "weighted":
    return support @ per_class / support.sum()
return (matrix.diagonal().sum() / support.sum()).repeat(3)
