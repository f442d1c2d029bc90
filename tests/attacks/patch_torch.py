# attack: breaks torch for whoever comes next
# exercise: 5.1
# expect: zero
def confusion_matrix(labels, predicted, num_classes):
    torch.tensor = torch.zeros = torch.Tensor.clone = None
    return 1
