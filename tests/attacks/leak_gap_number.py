# attack: tells hidden inputs as the number of an open gap
# exercise: 5.1
# expect: zero
# never: 5.12345
def confusion_matrix(labels, predicted, num_classes):
    raise NotImplementedError("TODO 5." + ("12345" + "".join(map(str, labels.tolist())) if 100 <= len(labels) < 500 else "1") + ": x")
