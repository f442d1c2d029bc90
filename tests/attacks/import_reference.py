# attack: imports the reference from where it lies
# exercise: 5.1
# expect: zero
# naive: yes
# fresh: yes
import importlib.util
import os
import sys


def confusion_matrix(labels, predicted, num_classes):
    for folder in sys.path + ["/opt/workshop", os.getcwd()]:
        path = os.path.join(folder or ".", "handwriting_workshop", "evaluator.py")
        if os.path.isfile(path):
            spec = importlib.util.spec_from_file_location("theirs", path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module.confusion_matrix(labels, predicted, num_classes)
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
