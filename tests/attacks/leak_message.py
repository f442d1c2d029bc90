# attack: tells hidden inputs as the message of an error
# exercise: 5.1
# expect: zero
# never: HIDDEN
def confusion_matrix(labels, predicted, num_classes):
    raise ValueError("HIDDEN " + "".join(map(str, labels.tolist())) if 100 <= len(labels) < 500 else "no")
