# attack: tells hidden inputs as the type of an error
# exercise: 5.1
# expect: zero
# never: LEAK
# fresh: yes
def confusion_matrix(labels, predicted, num_classes):
    raise type("LEAK" + "".join(map(str, labels.tolist())) if 100 <= len(labels) < 500 else "No", (Exception,), {})
