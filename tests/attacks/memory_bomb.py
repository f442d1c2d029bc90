# attack: takes memory for ever
# exercise: 5.1
# expect: zero
# seconds: 20
# fresh: yes
def confusion_matrix(labels, predicted, num_classes):
    held = []
    while True:
        held.append(bytearray(b"x") * 10**8)
