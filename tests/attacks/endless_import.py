# attack: never ends being imported
# exercise: 5.1
# expect: zero
# seconds: 2
import time

while True:
    time.sleep(1)


def confusion_matrix(labels, predicted, num_classes):
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
