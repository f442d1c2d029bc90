# attack: prints without end
# exercise: 5.1
# expect: zero
# seconds: 3
def confusion_matrix(labels, predicted, num_classes):
    while True:
        print("x" * 10000)
