# attack: a tensor without memory, which is made up anew whenever somebody looks
# exercise: 5.1
# expect: zero
class Wrapper(torch.Tensor):
    @staticmethod
    def __new__(cls):
        return torch.Tensor._make_wrapper_subclass(cls, (3, 3), dtype=torch.int64)

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        return torch.randint(3, (3, 3))


def confusion_matrix(labels, predicted, num_classes):
    return Wrapper()
