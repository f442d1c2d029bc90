# attack: the answer is a link out of the folder
# exercise: 5.1
# expect: rejected
# kind: files
import io
import os
import tarfile
import zipfile


def hand_in(folder, right):
    path = folder / "x"
    path.mkdir()
    os.symlink("/etc/passwd", path / "evaluator.py")
    return path
