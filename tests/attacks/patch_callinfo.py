# attack: lets no test function run
# exercise: 5.1
# expect: zero
# naive: yes
import _pytest.runner

original = _pytest.runner.CallInfo.from_call.__func__
_pytest.runner.CallInfo.from_call = classmethod(lambda cls, func, when, reraise=None: original(cls, lambda: None, when, reraise))


def confusion_matrix(labels, predicted, num_classes):
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
