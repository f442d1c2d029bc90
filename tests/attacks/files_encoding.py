# attack: an encoding that hides the text
# exercise: 5.1
# expect: rejected
# kind: files
import io
import os
import tarfile
import zipfile


def hand_in(folder, right):
    path = folder / "evaluator.py"
    path.write_text("# coding: utf-7\n" + right)
    return path
