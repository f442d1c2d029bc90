# attack: reads the tests' source text
# exercise: 5.1
# expect: zero
# never: STOLEN
import sys


def confusion_matrix(labels, predicted, num_classes):
    text = ""
    for module in list(sys.modules.values()):
        name = getattr(module, "__file__", None) or ""
        if ("test_" in name or "hidden" in name) and "site-packages" not in name:  # where PyTorch has a test_operators.py
            text += open(name).read()
    raise ValueError("STOLEN " + text[:50] if text else "nothing")
