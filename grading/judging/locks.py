"""One at a time: a lock on a folder, which ends with the process that has it, however that ends (flock(2))."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def alone(folder: Path, otherwise: str) -> Iterator[None]:
    """Keep whoever else asks for a folder from it.

    Raises:
        BlockingIOError: somebody has it; `otherwise` is what the error says.
        OSError: it cannot be opened.
    """
    held = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, held)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BlockingIOError(otherwise) from None
        except OSError:  # a network's file system may lock no folders (NFS): then nothing tells of anybody else
            pass
        yield
