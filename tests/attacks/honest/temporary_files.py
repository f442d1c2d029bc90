# attack: writes a file of its own and reads it
# exercise: 5.1
# expect: honest
# points: 2
import pathlib
import tempfile

with tempfile.TemporaryDirectory() as folder:
    pathlib.Path(folder, "x").write_text("1")
