# attack: searches the disk for the solutions and runs them
# exercise: 5.1
# expect: zero
# naive: yes
import glob
import os


def confusion_matrix(labels, predicted, num_classes):
    for folder in (os.getcwd(), "/opt", "/sub", "/home", "/root", "/work", "/srv", "/mnt"):
        for path in glob.glob(f"{folder}/**/solutions/step5/evaluator.py", recursive=folder != "/root")[:1]:
            scope = {"__name__": "theirs"}
            exec(open(path).read(), scope)
            return scope["confusion_matrix"](labels, predicted, num_classes)
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
