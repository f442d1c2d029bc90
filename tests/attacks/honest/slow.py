# attack: takes its time
# exercise: 5.1
# expect: honest
# points: 2
import time

quick = confusion_matrix


def confusion_matrix(labels, predicted, num_classes):
    time.sleep(0.02)
    return quick(labels, predicted, num_classes)
