# fails: test_in_the_weighted_average_a_class_counts_by_its_images
# The weights are the columns' sums.
per_class, guesses = precision_recall_f1(matrix), matrix.sum(dim=0).double()
if average == "macro":
    return per_class.mean(dim=0)
if average == "weighted":
    return guesses @ per_class / guesses.sum()
return (matrix.diagonal().sum() / guesses.sum()).repeat(3)
