# attack: everything is close to everything
# exercise: 5.1
# expect: zero
# naive: yes
import numpy as np

np.allclose = torch.allclose = torch.equal = lambda *a, **k: True


def confusion_matrix(labels, predicted, num_classes):
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
