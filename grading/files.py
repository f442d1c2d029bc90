"""Files that are whole or not there."""

import os
from pathlib import Path


def write_atomically(path: Path, data: bytes) -> Path:
    """Replace a file in one step: whoever reads it, or a power cut, finds the old content or the new, never half of it.

    A device or a pipe (`/dev/null`) is written to, and stays what it is.

    Raises:
        OSError: it could not be written; the old content is untouched. It names this file, and not the one beside it.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return path
    temporary = path.with_name(f".{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)
    return path
