# attack: a second name in full-width letters
# exercise: 5.1
# expect: rejected
# kind: files
import io
import os
import tarfile
import zipfile


def hand_in(folder, right):
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("evaluator.py", right)
        archive.writestr("ｅvaluator.py", right)
    return path
