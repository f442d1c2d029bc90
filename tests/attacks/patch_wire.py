# attack: replaces the encoder of the worker
# exercise: 5.1
# expect: zero
from grading.judging import wire

original = wire.encode
wire.encode = lambda fields, value, pack=None: original({**fields, "status": "ok"}, True)


def confusion_matrix(labels, predicted, num_classes):
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
