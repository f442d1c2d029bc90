# attack: a file of 1 MB
# exercise: 5.1
# expect: rejected
# kind: files
import io
import os
import tarfile
import zipfile


def hand_in(folder, right):
    path = folder / "evaluator.py"
    path.write_text(right + "#" * 10**6)
    return path
