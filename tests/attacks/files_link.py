# attack: a link to another file
# exercise: 5.1
# expect: rejected
# kind: files
import io
import os
import tarfile
import zipfile


def hand_in(folder, right):
    path = folder / "a.tar"
    with tarfile.open(path, "w") as archive:
        entry = tarfile.TarInfo("evaluator.py")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry)
    return path
