# attack: conftest.py, pytest.ini, sitecustomize.py, torch.py beside the answer
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
        for name in ("conftest.py", "sitecustomize.py", "torch.py", "json.py"):
            archive.writestr(name, "import os; os._exit(0)")
        archive.writestr("pytest.ini", "[pytest]\naddopts = --collect-only")
        archive.writestr("x.pth", "import os; os._exit(0)")
        archive.writestr("test_evaluator.py", "def test(): pass")
        archive.writestr("evaluator.py", right)
    return path
