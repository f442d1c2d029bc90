# The product of two one-hot matrices.
return F.one_hot(labels, num_classes).T @ F.one_hot(predicted, num_classes)
