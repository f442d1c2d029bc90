# attack: takes the tests away, found through the garbage collector
# exercise: 5.1
# expect: zero
# naive: yes
import gc


def confusion_matrix(labels, predicted, num_classes):
    for found in gc.get_objects():
        if type(found).__name__ == "Session":
            found.items.clear()
            type(found).testsfailed = property(lambda self: 0, lambda self, value: None)
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
