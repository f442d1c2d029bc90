# attack: a named pipe in place of the answer
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
    os.mkfifo(path / "evaluator.py")
    return path
