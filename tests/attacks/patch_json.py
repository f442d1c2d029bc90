# attack: replaces JSON
# exercise: 5.1
# expect: zero
import json

json.dumps = lambda *a, **k: '{"id":1,"status":"ok","value":true,"bytes":0}'


def confusion_matrix(labels, predicted, num_classes):
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
