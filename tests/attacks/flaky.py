# attack: another result in each call, so that the tests' own search goes astray
# exercise: 5.1
# expect: zero
import time


def confusion_matrix(labels, predicted, num_classes):
    return torch.randint(0, 5, (int(torch.randint(1, 9, ())), num_classes), generator=torch.Generator().manual_seed(time.time_ns()))
