# attack: pretends that somebody pressed Control-C
# exercise: 5.1
# expect: zero
def confusion_matrix(labels, predicted, num_classes):
    raise KeyboardInterrupt
