# attack: searches the whole disk for hidden tests
# exercise: 5.1
# expect: zero
# never: STOLEN
import os


def confusion_matrix(labels, predicted, num_classes):
    found = []
    for folder, _, files in os.walk("/"):
        if not folder.startswith(("/proc", "/sys")):
            found += [name for name in files if name.endswith("_hidden.py") or name == "steps.toml" or name == "mistakes.json"]
    raise ValueError(f"STOLEN {found}" if found else "nothing")
