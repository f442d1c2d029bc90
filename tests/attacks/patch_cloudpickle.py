# attack: replaces the reader of acts by one that gives right-looking acts
# exercise: 5.1
# expect: zero
# fresh: yes
import cloudpickle
import pickle

cloudpickle.loads = pickle.loads = lambda data, **k: lambda evaluator: [[1, 1, 0], [0, 0, 0], [1, 0, 0]]


def confusion_matrix(labels, predicted, num_classes):
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
