"""Tar archives, read as if an enemy had written them.

Python's `tarfile` is not used: in Python 3.11.7 an extended header of 80 kB of digits keeps it busy for 30 seconds
(CVE-2024-6232), and a negative length for ever (CVE-2025-8194). What is read here is what `tar` and Python write.
"""

import bz2
import lzma
import re
import zlib
from collections.abc import Iterator
from typing import Any

from grading.judging.names import RejectedError

BLOCK = 512


def unpacked(data: bytes, limit: int, where: str) -> bytes:
    """A tar archive without its compression: gzip, bzip2, xz or none.

    Raises:
        RejectedError: it would be longer than the limit, or is cut off.
        EOFError, OSError, zlib.error, lzma.LZMAError: it is damaged.
    """
    tool: Any
    if data.startswith(b"\x1f\x8b"):
        tool = zlib.decompressobj(wbits=31)
    elif data.startswith(b"BZh"):
        tool = bz2.BZ2Decompressor()
    elif data.startswith(b"\xfd7zXZ"):
        tool = lzma.LZMADecompressor(memlimit=2**27)
    else:
        return data
    result: bytes = tool.decompress(data, limit + 1)
    if len(result) > limit:
        raise RejectedError("bomb", f"{len(data)} bytes become more than {limit}", where)
    if not tool.eof:
        raise RejectedError("archive", "this archive ends too early; pack it again", where)
    return result


def tar_members(data: bytes, where: str) -> Iterator[tuple[str, str, bytes]]:
    """Name, kind and content of each member of a tar archive: ustar, with the long names of GNU and pax.

    Raises:
        RejectedError, ValueError: it is damaged.
    """
    position, long_name = 0, None
    while (header := data[position : position + BLOCK]).strip(b"\0"):
        if len(header) < BLOCK or _number(header[148:156]) != sum(header) - sum(header[148:156]) + 8 * 32:
            raise RejectedError("archive", "this archive is damaged; pack it again", where)
        size, kind = _number(header[124:136]), header[156:157]
        content = data[position + BLOCK : position + BLOCK + size]
        if len(content) < size:
            raise RejectedError("archive", "this archive ends too early; pack it again", where)
        position += BLOCK + -(-size // BLOCK) * BLOCK
        if kind == b"L":
            long_name = content.rstrip(b"\0")
        elif kind == b"x":
            long_name = _pax_path(content[: 2**16], where) or long_name
        elif kind != b"g":
            prefix = header[345:500].split(b"\0")[0] if header[257:263] == b"ustar\0" else b""
            short = header[:100].split(b"\0")[0]
            name = long_name if long_name is not None else b"/".join(filter(None, (prefix, short)))
            yield name.decode("utf-8"), {b"0": "file", b"\0": "file", b"5": "folder"}.get(kind, "link or device"), content
            long_name = None


def _number(field: bytes) -> int:
    """An octal number; nothing else is one (ValueError)."""
    text = field.strip(b" \0")
    if not re.fullmatch(rb"[0-7]{0,12}", text):
        raise ValueError("not an octal number")
    return int(text or b"0", 8)


def _pax_path(content: bytes, where: str) -> bytes | None:
    """The path in an extended header: lines of `length key=value`. No size may stand there: contents are that long anyway."""
    path, position = None, 0
    while position < len(content):
        found = re.match(rb"([0-9]{1,5}) ([^=]{1,100})=", content[position : position + 120])
        length = 0 if found is None else int(found[1])
        if found is None or not len(found[0]) < length <= len(content) - position or found[2] in (b"size", b"linkpath"):
            raise RejectedError("archive", "an extended header that cannot be read; pack it again", where)
        if found[2] == b"path":
            path = content[position + len(found[0]) : position + length].rstrip(b"\n")
        position += length
    return path
