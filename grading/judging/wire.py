"""What a grader and a worker in the box say to each other: frames of plain data, read as if an enemy had written them.

A frame is the length of its header (4 bytes, big-endian), the header (JSON, UTF-8), and raw bytes. The header's last two
fields are `value`, a tree as in `values.py`, and `bytes`, how many raw bytes follow. A header has exactly one form: what
`read_frame` and `decode` accept, `encode` writes again byte by byte. Requests may carry pickled acts as bytes; of a reply,
nothing is ever unpickled, evaluated or imported.

Pure standard library, Python 3.11 and later: a worker gets a copy of this module and of `values.py`.
"""

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grading.judging.values import MAX_BYTES, Array, Reader, WireError, Writer

__all__ = ["Array", "Frame", "Reply", "WireError", "decode", "decode_reply", "encode", "error_value", "read_frame", "todo_value"]

MAX_FRAME = MAX_BYTES
MAX_REPLY = 8 * 2**20
"""Bytes of what an act gives: several times what any right answer does, for the trusted side must look at all of it."""
MAX_HEADER = 2**20
MAX_ERROR_TEXT = 10_000
"""Characters of an exception's message."""
MAX_NAME = 200
"""Characters of an exception's type, of a goal, of a place."""

LENGTH = struct.Struct(">I")


@dataclass(frozen=True)
class Frame:
    """A frame that has been read; its value has not been looked at yet."""

    header: dict[str, Any]
    """Its fields, without `value` and `bytes`."""
    tree: Any
    raw: bytes


@dataclass(frozen=True)
class Reply:
    """What became of an act."""

    status: str
    """`ok`; `error`, and the value is {"type", "message", "line"}; or `todo`, and it is {"exercise", "goal", "place"}."""
    value: Any


# --- Writing ------------------------------------------------------------------------------------------------------------------


def encode(header_fields: dict[str, Any], value: Any, pack: Callable[[Any], Array] | None = None, most: int = MAX_FRAME) -> bytes:
    """One frame, of `most` bytes. `pack` turns what is not plain (a tensor) into an `Array`; what it raises comes through.

    Raises:
        WireError: a value of another type, or more of it than a frame holds.
    """
    raw = bytearray()
    tree = Writer(raw, pack).tree(value)
    try:
        header = _canonical({**header_fields, "value": tree, "bytes": len(raw)})
    except UnicodeEncodeError:
        raise WireError("text", "a text with half a character (a lone surrogate) cannot travel") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise WireError("header", f"a field that is no JSON: {error}") from None
    if len(header) > MAX_HEADER or LENGTH.size + len(header) + len(raw) > most:
        sizes = f"{len(header)} bytes of structure and {len(raw)} bytes of data"
        raise WireError("size", f"{sizes} are too much; at most {MAX_HEADER} and {most} in all can travel")
    return LENGTH.pack(len(header)) + header + bytes(raw)


def error_value(type_name: str, message: str, line: int | None) -> dict[str, Any]:
    """The value of a reply `error`, with its texts cut and cleaned so that they can travel."""
    return {"type": clean(type_name, MAX_NAME), "message": clean(message, MAX_ERROR_TEXT), "line": line}


def todo_value(exercise: str, goal: str, place: str) -> dict[str, Any]:
    """The value of a reply `todo`, likewise."""
    return {"exercise": clean(exercise, MAX_NAME), "goal": clean(goal, MAX_NAME), "place": clean(place, MAX_NAME)}


def clean(text: str, limit: int) -> str:
    """A text of at most so many characters that is UTF-8."""
    return str(text)[:limit].encode("utf-8", errors="replace").decode("utf-8")


def _canonical(header: dict[str, Any]) -> bytes:
    return json.dumps(header, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")


# --- Reading ------------------------------------------------------------------------------------------------------------------


def read_frame(read: Callable[[int], bytes], most: int = MAX_FRAME) -> Frame:
    """The next frame, of at most so many bytes; `read(n)` gives 1 to n bytes, or none where the stream ends.

    Raises:
        WireError: anything but a frame; `read` raised OSError (its TimeoutError becomes the code `timeout`).
    """
    prefix = _exactly(read, LENGTH.size, at_start=True)
    (length,) = LENGTH.unpack(prefix)
    if length > MAX_HEADER:
        raise WireError("size", f"a header of {length} bytes; at most {MAX_HEADER} are allowed")
    header = _parsed(_exactly(read, length))
    if type(header) is not dict or tuple(header)[-2:] != ("value", "bytes"):
        raise WireError("header", "a header is an object that ends with value and bytes")
    tree, size = header.pop("value"), header.pop("bytes")
    if type(size) is not int or not 0 <= size <= most - LENGTH.size - length:
        raise WireError("size", f"{size!r:.50} bytes of data; this frame may hold at most {most} in all")
    return Frame(header, tree, _exactly(read, size))


def _exactly(read: Callable[[int], bytes], size: int, *, at_start: bool = False) -> bytes:
    data = bytearray()
    while len(data) < size:
        try:
            piece = read(min(size - len(data), 2**20))
        except TimeoutError:
            raise WireError("timeout", "no whole frame came before the deadline") from None
        except OSError as error:
            raise WireError("truncated", f"the connection broke: {error}") from None
        if not piece:
            raise WireError("end" if at_start and not data else "truncated", f"{len(data)} of {size} bytes came")
        data += piece
    return bytes(data)


def _parsed(data: bytes) -> Any:
    """The JSON of a header, if it is written as `encode` would: no space, no key twice, no number in another form."""
    try:
        header = json.loads(data.decode("utf-8"))
        same = _canonical(header) == data
    except (ValueError, RecursionError, MemoryError) as error:
        raise WireError("json", f"a header that cannot be read: {type(error).__name__}") from None
    if not same:
        raise WireError("json", "a header that is not in the one form that is allowed")
    return header


def decode(frame: Frame, unpack: Callable[[Array], Any] | None = None) -> Any:
    """The value of a frame. `unpack` turns an `Array` into what it stands for; what it raises comes through.

    Raises:
        WireError: anything but a value in its one form.
    """
    reader = Reader(frame.raw, unpack)
    value = reader.value(frame.tree)
    if reader.position != len(frame.raw):
        raise WireError("bytes", f"{len(frame.raw) - reader.position} bytes belong to nothing")
    return value


def decode_reply(frame: Frame, expected_id: int, unpack: Callable[[Array], Any] | None = None) -> Reply:
    """What a worker answers to the request of this id.

    Raises:
        WireError: anything but a reply.
    """
    if tuple(frame.header) != ("id", "status"):
        raise WireError("header", f"a reply has id, status and value, got {list(frame.header)!r:.80}")
    number, status = frame.header["id"], frame.header["status"]
    if type(number) is not int or number != expected_id:
        raise WireError("id", f"a reply to {number!r:.50}, and {expected_id} was asked")
    if type(status) is not str or status not in ("ok", "error", "todo"):
        raise WireError("header", f"a status is ok, error or todo, got {status!r:.50}")
    value = decode(frame, unpack)
    if status == "error":
        _check_fields(value, {"type": MAX_NAME, "message": MAX_ERROR_TEXT, "line": None})
    if status == "todo":
        _check_fields(value, {"exercise": MAX_NAME, "goal": MAX_NAME, "place": MAX_NAME})
    return Reply(status, value)


def _check_fields(value: Any, limits: dict[str, int | None]) -> None:
    """Texts within their limits; where there is none, the number of a line or None."""
    if type(value) is not dict or tuple(value) != tuple(limits):
        raise WireError("header", f"expected the fields {', '.join(limits)}")
    for name, limit in limits.items():
        item = value[name]
        if limit is None:
            fits = item is None or (type(item) is int and 1 <= item <= 10**9)
        else:
            fits = type(item) is str and len(item) <= limit
        if not fits:
            raise WireError("header", f"the field {name} is out of its range or of the wrong type")
