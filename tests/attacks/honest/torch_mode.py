# attack: none: a right answer that watches all calls of PyTorch
# exercise: 5.3
# expect: honest
from torch.overrides import TorchFunctionMode


class Watching(TorchFunctionMode):
    calls = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        Watching.calls += 1
        return func(*args, **(kwargs or {}))


Watching().__enter__()
