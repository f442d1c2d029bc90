# attack: runs code when its result is made plain
# exercise: 5.1
# expect: zero
import os


class Figure:
    dpi = 1

    def savefig(self):
        pass

    def draw(self, renderer):
        os._exit(0)


def confusion_matrix(labels, predicted, num_classes):
    return Figure()
