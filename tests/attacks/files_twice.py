# attack: the same name twice
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
        archive.writestr("evaluator.pz", "import os; os._exit(0)")
    path.write_bytes(path.read_bytes().replace(b"evaluator.pz", b"evaluator.py"))
    return path
