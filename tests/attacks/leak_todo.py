# attack: tells hidden inputs as the goal of an open gap
# exercise: 5.1
# expect: zero
# never: LEAK
def confusion_matrix(labels, predicted, num_classes):
    raise NotImplementedError("TODO 5.1: " + ("LEAK" + "".join(map(str, labels.tolist())) if 100 <= len(labels) < 500 else "no"))
