# attack: a function of another name that looks the same
# exercise: 5.1
# expect: zero
def ｃonfusion_matrix(*arguments):
    return torch.eye(3)


def confusion_matrix(labels, predicted, num_classes):
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
