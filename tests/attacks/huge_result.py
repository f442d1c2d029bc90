# attack: as many numbers as a frame holds
# exercise: 5.1
# expect: zero
# within: 60
def confusion_matrix(labels, predicted, num_classes):
    return torch.zeros(2000, 2000, dtype=torch.int64)
