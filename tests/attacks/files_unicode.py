# attack: a second name that looks the same
# exercise: 5.1
# expect: honest
# kind: files
import io
import os
import tarfile
import zipfile


def hand_in(folder, right):
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("evaluator.py", right)
        archive.writestr("evaluatоr.py", "import os; os._exit(0)")
    return path
