# attack: a tensor that answers every function itself
# exercise: 5.1
# expect: zero
# fresh: yes
class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return True


def confusion_matrix(labels, predicted, num_classes):
    return torch.zeros(num_classes, num_classes).as_subclass(Liar)
