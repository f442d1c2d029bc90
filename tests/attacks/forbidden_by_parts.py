# attack: a forbidden library whose name is put together when it runs
# exercise: 5.1
# expect: zero
# fresh: yes
import importlib


def confusion_matrix(labels, predicted, num_classes):
    theirs = importlib.import_module("sk" + "learn.met" + "rics").confusion_matrix
    return torch.from_numpy(theirs(labels, predicted, labels=range(num_classes)))
