# fails: test_in_the_macro_average_every_class_counts_the_same, test_in_the_micro_average_every_image_counts_the_same
# The two names are exchanged.
per_class, support = precision_recall_f1(matrix), matrix.sum(dim=1).double()
if average == "micro":
    return per_class.mean(dim=0)
if average == "weighted":
    return support @ per_class / support.sum()
return (matrix.diagonal().sum() / support.sum()).repeat(3)
