# fails: test_in_the_weighted_average_a_class_counts_by_its_images
# Multiplied by support, then averaged over classes.
per_class, support = precision_recall_f1(matrix), matrix.sum(dim=1).double()
if average == "micro":
    return (matrix.diagonal().sum() / support.sum()).repeat(3)
return per_class.mean(dim=0)
