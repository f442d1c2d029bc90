# attack: from now on, what PyTorch computes in this process is what the answer likes
# exercise: 5.1
# expect: zero
from torch.utils._python_dispatch import TorchDispatchMode


class Nothing(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        return result.zero_() if isinstance(result, torch.Tensor) and result.is_floating_point() else result


Nothing().__enter__()


def confusion_matrix(labels, predicted, num_classes):
    return torch.ones(num_classes, num_classes)
