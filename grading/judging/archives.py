"""What lies in a folder, a zip or a tar archive, without writing anything: names, kinds, and the content of one file at a time.

An archive is refused whole if anything in it is no plain file or folder, has a name that could mean another place, or is larger
than an answer can be.
"""

import io
import os
import re
import stat
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Protocol

from grading.judging.names import RejectedError, check_name, skeleton
from grading.judging.tar import tar_members, unpacked
from grading.packing_list import MAX_SOURCE

MAX_PACKED = 10 * 2**20
MAX_UNPACKED = 50 * 2**20
MAX_RATIO = 100
"""Unpacked to packed bytes, above 1 MiB."""
MAX_FILES = 1000
"""In an archive; in a folder that holds a file of the answer."""
MAX_DEPTH = 12
WINDOWS = 0
"""Who made a zip file. PowerShell's `Compress-Archive` parts folders by backslashes there, and only by them."""


class Tree(Protocol):
    """Files by name, whatever they are packed in."""

    def names(self, folder: tuple[str, ...]) -> Mapping[str, str]:
        """Name -> `file`, `folder` or what else it is; empty if there is no such folder."""

    def read(self, path: tuple[str, ...], limit: int = MAX_SOURCE) -> bytes:
        """The content of a file.

        Raises:
            RejectedError: longer than the limit, not readable, or no plain file.
        """


# --- Folders ------------------------------------------------------------------------------------------------------------------


class Folder:
    """A folder on disk. Links are never followed, and only folders on the way to a wanted file are looked into."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self, folder: tuple[str, ...]) -> Mapping[str, str]:
        """As in `Tree`."""
        path = self.root
        for part in folder:
            path /= part
            if path.is_symlink() or not path.is_dir():
                return {}
        found: dict[str, str] = {}
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    found[entry.name] = kind_of(entry.stat(follow_symlinks=False).st_mode)
                    if len(found) > MAX_FILES:
                        raise RejectedError("files", f"more than {MAX_FILES} files in one folder", str(path))
        except OSError as error:
            raise RejectedError("unreadable", f"this folder cannot be read ({error.strerror})", str(path)) from None
        return found

    def read(self, path: tuple[str, ...], limit: int = MAX_SOURCE) -> bytes:
        """As in `Tree`."""
        return read_file(self.root.joinpath(*path), limit)


def kind_of(mode: int) -> str:
    """`file`, `folder`, `link`, or `device, pipe or socket`."""
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    return "link" if stat.S_ISLNK(mode) else "device, pipe or socket"


def read_file(path: Path, limit: int) -> bytes:
    """The content of a plain file; a link or a pipe is neither followed nor waited for.

    Raises:
        RejectedError: it is none, has several names, is longer than the limit, or cannot be read.
    """
    where = str(path)
    try:
        before = path.lstat()
        if (kind := kind_of(before.st_mode)) != "file":
            raise RejectedError("kind", f"this is a {kind}, and not a file", where)
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags), "rb") as file:
            status = os.fstat(file.fileno())
            if (status.st_dev, status.st_ino) != (before.st_dev, before.st_ino) or not stat.S_ISREG(status.st_mode):
                raise RejectedError("kind", "this file was exchanged while it was read", where)
            if status.st_nlink > 1:
                raise RejectedError("kind", "this is a hard link: the file has other names; hand in a copy", where)
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise RejectedError("unreadable", f"this file cannot be read ({getattr(error, 'strerror', error)})", where) from None
    if len(data) > limit:
        raise RejectedError("size", f"more than {limit} bytes", where)
    return data


# --- Archives -----------------------------------------------------------------------------------------------------------------


class Archive:
    """A zip or tar archive in memory; everything in it has been checked.

    Raises:
        RejectedError: something in it is not taken in.
    """

    def __init__(self, data: bytes, where: str) -> None:
        self.where = where
        self.folders: dict[tuple[str, ...], dict[str, str]] = {(): {}}
        self.files: dict[tuple[str, ...], Callable[[int], bytes]] = {}
        """Path -> what reads it; it may give up one byte after a limit."""
        self._seen: dict[str, str] = {}
        try:
            if data.startswith(b"PK"):
                self._take_zip(zipfile.ZipFile(io.BytesIO(data)))
            else:
                limit = min(MAX_UNPACKED, max(2**20, MAX_RATIO * len(data)))
                self._take_tar(unpacked(data, limit, where))
        except RejectedError:
            raise
        except Exception as error:  # whatever a parser makes of an enemy's bytes
            raise RejectedError("archive", f"this archive is damaged ({type(error).__name__}); pack it again", where) from None

    def names(self, folder: tuple[str, ...]) -> Mapping[str, str]:
        """As in `Tree`."""
        return self.folders.get(folder, {})

    def read(self, path: tuple[str, ...], limit: int = MAX_SOURCE) -> bytes:
        """As in `Tree`."""
        where = f"{self.where}/{'/'.join(path)}"
        try:
            content = self.files[path](limit)
        except Exception as error:  # as above
            raise RejectedError("archive", f"this file is damaged ({type(error).__name__}); pack it again", where) from None
        if len(content) > limit:
            raise RejectedError("size", f"more than {limit} bytes", where)
        return content

    def _take_zip(self, archive: zipfile.ZipFile) -> None:
        members = archive.infolist()
        if len(members) > MAX_FILES:
            raise RejectedError("files", f"more than {MAX_FILES} files; pack only those of the answer", self.where)
        sizes = packed = 0
        from_windows = all(member.create_system == WINDOWS and "/" not in member.orig_filename for member in members)
        for member in members:
            where = f"{self.where}/{member.orig_filename}"
            if member.flag_bits & 1:
                raise RejectedError("archive", "this file is encrypted", where)
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise RejectedError("archive", "this file is packed in an unusual way; use an ordinary zip", where)
            mode, name = member.external_attr >> 16, member.orig_filename  # unlike `filename`, not cut at a zero byte
            name = name.replace("\\", "/") if from_windows else name
            kind = kind_of(mode) if stat.S_IFMT(mode) else "folder" if name.endswith("/") else "file"
            self._add(name, kind, partial(_unzipped, archive, member))
            sizes, packed = sizes + member.file_size, packed + member.compress_size
            _check_sizes(sizes, packed, where)
            _check_sizes(member.file_size, member.compress_size, where)

    def _take_tar(self, data: bytes) -> None:
        for count, (name, kind, content) in enumerate(tar_members(data, self.where)):
            if count >= MAX_FILES:
                raise RejectedError("files", f"more than {MAX_FILES} files; pack only those of the answer", self.where)
            self._add(name, kind, partial(_copied, content))

    def _add(self, name: str, kind: str, content: Callable[[int], bytes]) -> None:
        """Put a member into its folder."""
        where = f"{self.where}/{name}"
        if kind not in ("file", "folder"):
            raise RejectedError("kind", f"this is a {kind}; pack only files", where)
        parts = tuple(part for part in name.removesuffix("/").split("/") if part != ".")
        if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in parts:
            raise RejectedError("path", "this leads out of the archive", where)
        if len(parts) > MAX_DEPTH:
            raise RejectedError("depth", f"folders in folders, deeper than {MAX_DEPTH}", where)
        for length, part in enumerate(parts):
            check_name(part, where)
            inner = length + 1 < len(parts) or kind == "folder"
            path = "/".join(parts[: length + 1])
            again = self._seen.setdefault(skeleton(path), path)
            known = self.folders[parts[:length]].get(part)
            if again != path or (known is not None and (known != "folder" or not inner)):
                raise RejectedError("collision", "another file in this archive has the same name, or looks the same", where)
            self.folders[parts[:length]][part] = "folder" if inner else "file"
            if inner:
                self.folders.setdefault(parts[: length + 1], {})
        if kind == "file" and parts:
            self.files[parts] = content


def _unzipped(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes:
    """At most one byte more than is allowed; the end of a file is where its checksum is checked."""
    with archive.open(member) as file:
        return file.read(limit + 1)


def _copied(content: bytes, limit: int) -> bytes:
    return content[: limit + 1]


def _check_sizes(size: int, packed: int, where: str) -> None:
    if size > MAX_UNPACKED or (size > 2**20 and size > MAX_RATIO * packed):
        raise RejectedError("bomb", f"{size} bytes packed in {packed}; at most {MAX_UNPACKED}, and {MAX_RATIO} to 1", where)
