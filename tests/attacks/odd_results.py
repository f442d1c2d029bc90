# attack: odd numbers of every kind
# exercise: 5.1
# expect: zero
def confusion_matrix(labels, predicted, num_classes):
    return {"a": float("nan"), 1: [float("inf"), -0.0, b"", "", (), {}], None: torch.empty(0, 2**20)}
