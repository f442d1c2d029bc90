# attack: terminal codes in the name of a type
# exercise: 5.1
# expect: zero
# never: \x1b
# harmless: yes
def confusion_matrix(labels, predicted, num_classes):
    raise type("\x1b[2J\u202e", (Exception,), {})
