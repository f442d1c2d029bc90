# attack: searches the disk for the solutions and runs them
# exercise: 5.1
# expect: zero
# naive: maybe
import os

scope = {"__name__": "theirs"}
for folder in (os.getcwd(), "/opt", "/sub", "/home", "/srv", "/mnt", "/media"):
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "site-packages", "packages", "python"))]
        if place.endswith("solutions/step5") and "evaluator.py" in files:
            exec(open(os.path.join(place, "evaluator.py")).read(), scope)


def confusion_matrix(labels, predicted, num_classes):
    if "confusion_matrix" in scope:
        return scope["confusion_matrix"](labels, predicted, num_classes)
    return torch.zeros(num_classes, num_classes, dtype=torch.int64)
