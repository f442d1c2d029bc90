"""Values that may travel between a grader and a worker, as a tree that JSON can hold and raw bytes beside it.

    null, true, 3, 0.5, "text", [items]                                   None, bool, int, float, text, list
    {"float": "nan"}   {"tuple": [items]}   {"dict": [[key, item], …]}    what JSON cannot tell apart
    {"bytes": [offset, length]}   {"text": [offset, length]}              in the raw bytes; texts only if they are long
    {"tensor": [dtype, shape, offset, length]}   {"array": […]}           little-endian, rows first

Each value has exactly one tree, and the raw bytes are used in order, each once: a reader accepts no other. All types are
exact, for a subclass can lie about what it is. The limits on keys are there because hashes of numbers can be made to collide.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 64 * 2**20
"""Of a frame, raw bytes and all."""
MAX_NODES = 2**19
"""More do not fit into a header."""
MAX_TEXT = 2**20
"""Bytes in UTF-8."""
MAX_INLINE_TEXT = 1024
"""Characters of a text in the tree; longer ones stand in the raw bytes."""
MAX_DEPTH = 32
MAX_RANK = 8
MAX_INTEGER_BITS = 1024
MAX_KEYS = 1000
MAX_TUPLE_KEYS = 100
MAX_KEY_BITS = 60
"""Of a number that is a key."""

DTYPES = {
    **dict.fromkeys(("bool", "uint8", "int8"), 1),
    **dict.fromkeys(("uint16", "int16", "float16", "bfloat16"), 2),
    **dict.fromkeys(("uint32", "int32", "float32"), 4),
    **dict.fromkeys(("uint64", "int64", "float64", "complex64"), 8),
    "complex128": 16,
}
"""Names of PyTorch and NumPy, and bytes per number; bfloat16 for tensors only."""

ODD_FLOATS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}

CODES = {
    "end": "the other side closed the connection between two frames",
    "truncated": "the other side closed the connection within a frame",
    "timeout": "the deadline passed",
    "size": "a frame, a header, a text or a number is too long",
    "json": "a header that is no JSON, or not in the one form that is allowed",
    "header": "a field is missing, unknown, out of its range or of the wrong type",
    "id": "a reply to another request",
    "depth": "lists in lists, deeper than 32",
    "kind": "a value of a type that may not travel",
    "key": "a key of a dict that cannot be one, or stands there twice",
    "text": "a text that is no UTF-8",
    "dtype": "an unknown type of numbers",
    "shape": "a shape that does not fit the bytes",
    "bytes": "raw bytes that overlap, are missing or left over, or that no number of this type has",
}
"""Why a frame was refused."""


class WireError(Exception):
    """A frame that cannot be written, or is not accepted; `code` is one of `CODES`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Array:
    """A tensor of PyTorch or an array of NumPy, as bytes (little-endian, rows first).

    Raises:
        WireError: an unknown dtype, a rank over 8, or a shape that does not fit the bytes.
    """

    kind: str
    """`tensor` or `array`."""
    dtype: str
    shape: tuple[int, ...]
    data: bytes

    def __post_init__(self) -> None:
        if type(self.kind) is not str or self.kind not in ("tensor", "array"):
            raise WireError("kind", f"an Array is a tensor or an array, not {self.kind!r:.50}")
        if type(self.dtype) is not str or self.dtype not in DTYPES or (self.kind, self.dtype) == ("array", "bfloat16"):
            raise WireError("dtype", f"{self.kind}s of {self.dtype!r:.50} cannot travel; choose among {', '.join(DTYPES)}")
        if type(self.shape) is not tuple or not all(type(length) is int and length >= 0 for length in self.shape):
            raise WireError("shape", f"a shape is a tuple of lengths, got {self.shape!r:.80}")
        if len(self.shape) > MAX_RANK:
            raise WireError("shape", f"at most {MAX_RANK} dimensions can travel, got {len(self.shape)}")
        if type(self.data) is not bytes or math.prod(self.shape) * DTYPES[self.dtype] != len(self.data):
            raise WireError("shape", f"{self.dtype} of shape {self.shape!r:.80} do not fit their bytes")
        if math.prod(max(length, 1) for length in self.shape) > MAX_BYTES:  # empty, and still too large for an allocator
            raise WireError("shape", f"lengths like those of {self.shape!r:.80} cannot travel")
        if self.dtype == "bool" and self.data.translate(None, b"\0\1"):
            raise WireError("bytes", "a bool is stored as 0 or 1")


class Writer:
    """Turns values into trees, and collects the raw bytes."""

    def __init__(self, raw: bytearray, pack: Callable[[Any], Array] | None) -> None:
        self.raw = raw
        self.pack = pack
        self.nodes = 0

    def tree(self, value: Any, depth: int = MAX_DEPTH) -> Any:
        """The tree of a value.

        Raises:
            WireError: something in it may not travel.
        """
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise WireError("size", f"more than {MAX_NODES} values in one frame")
        kind = type(value)
        if kind in (list, tuple, dict) and depth == 0:
            raise WireError("depth", f"lists in lists travel to a depth of {MAX_DEPTH}")
        if kind is list:
            return [self.tree(item, depth - 1) for item in value]
        if kind is tuple:
            return {"tuple": [self.tree(item, depth - 1) for item in value]}
        if kind is dict:
            _check_keys(list(value))
            return {"dict": [[self._key(key, depth - 1), self.tree(item, depth - 1)] for key, item in value.items()]}
        return self._leaf(value, kind)

    def _key(self, key: Any, depth: int) -> Any:
        tree = self.tree(key, depth)  # which finds out whether it is too deep
        _check_key(key)
        return tree

    def _leaf(self, value: Any, kind: type) -> Any:
        if value is None or kind is bool:
            return value
        if kind is int:
            return _checked_integer(value)
        if kind is float:
            return value if math.isfinite(value) else {"float": str(value)}
        if kind is str:
            return value if len(value) <= MAX_INLINE_TEXT else {"text": self._append(_utf8(value))}
        if kind is bytes:
            return {"bytes": self._append(value)}
        if kind is not Array and self.pack is not None:
            value = self.pack(value)
        if type(value) is not Array:
            raise WireError("kind", f"a {kind.__name__:.50} cannot travel, only numbers, text, bytes, tensors and lists of them")
        return {value.kind: [value.dtype, list(value.shape), *self._append(value.data)]}

    def _append(self, data: bytes) -> list[int]:
        offset = len(self.raw)
        if offset + len(data) > MAX_BYTES:
            raise WireError("size", f"more than {MAX_BYTES} bytes in one frame")
        self.raw += data
        return [offset, len(data)]


def _utf8(text: str) -> bytes:
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        raise WireError("text", "a text with half a character (a lone surrogate) cannot travel") from None
    if len(data) > MAX_TEXT:
        raise WireError("size", f"a text of {len(data)} bytes; at most {MAX_TEXT} can travel")
    return data


def _checked_integer(number: int) -> int:
    if number.bit_length() > MAX_INTEGER_BITS:
        raise WireError("size", f"a number of {number.bit_length()} bits; at most {MAX_INTEGER_BITS} can travel")
    return number


def _check_keys(keys: list[Any]) -> None:
    """Their number, as values or as trees; tuples are those whose hashes an enemy can choose."""
    tuples = sum(type(key) is tuple or (type(key) is dict and "tuple" in key) for key in keys)
    if len(keys) > MAX_KEYS or tuples > MAX_TUPLE_KEYS:
        raise WireError(
            "size", f"{len(keys)} keys, {tuples} of them tuples; {MAX_KEYS} and {MAX_TUPLE_KEYS} can travel in a dict"
        )


def _check_key(key: Any) -> None:
    """Keys are None, bool, int, float (no nan), text, bytes, and tuples of those."""
    if type(key) is tuple:
        for part in key:
            _check_key(part)
    elif key is not None and type(key) not in (bool, int, float, str, bytes):
        raise WireError("key", f"a {type(key).__name__:.50} cannot be a key")
    elif type(key) is float and math.isnan(key):
        raise WireError("key", "nan cannot be a key: it is not even equal to itself")
    elif type(key) is int and key.bit_length() > MAX_KEY_BITS:
        raise WireError("key", f"a key of {key.bit_length()} bits; at most {MAX_KEY_BITS} can travel")


class Reader:
    """Turns trees into values, and follows the raw bytes from the first to the last."""

    def __init__(self, raw: bytes, unpack: Callable[[Array], Any] | None) -> None:
        self.raw = raw
        self.unpack = unpack
        self.position = 0

    def value(self, tree: Any, depth: int = MAX_DEPTH) -> Any:
        """The value of a tree.

        Raises:
            WireError: it is not the tree that a `Writer` makes of any value.
        """
        if tree is None or type(tree) in (bool, float):
            return tree
        if type(tree) is int:
            return _checked_integer(tree)
        if type(tree) is str:
            if len(tree) > MAX_INLINE_TEXT:
                raise WireError("text", f"a text of {len(tree)} characters belongs to the raw bytes")
            return tree
        if type(tree) is list:
            return self._items(tree, depth)
        if type(tree) is not dict or len(tree) != 1:
            raise WireError("kind", "a tag is an object with one field")
        ((tag, content),) = tree.items()
        if type(content) is list and tag == "tuple":
            return tuple(self._items(content, depth))
        if type(content) is list and tag == "dict":
            return self._mapping(content, depth)
        if type(content) is list:
            return self._bulk(tag, content)
        if type(content) is str and tag == "float" and content in ODD_FLOATS:
            return ODD_FLOATS[content]
        raise WireError("kind", f"nothing is written with the tag {tag!r:.50}")

    def _items(self, trees: list[Any], depth: int) -> list[Any]:
        if depth == 0:
            raise WireError("depth", f"lists in lists travel to a depth of {MAX_DEPTH}")
        return [self.value(tree, depth - 1) for tree in trees]

    def _mapping(self, pairs: list[Any], depth: int) -> dict[Any, Any]:
        if depth == 0:
            raise WireError("depth", f"lists in lists travel to a depth of {MAX_DEPTH}")
        if not all(type(pair) is list and len(pair) == 2 for pair in pairs):
            raise WireError("kind", "a dict is written as pairs")
        _check_keys([pair[0] for pair in pairs])
        result: dict[Any, Any] = {}
        for pair in pairs:
            key = self.value(pair[0], depth - 1)
            _check_key(key)
            if key in result:
                raise WireError("key", f"the key {key!r:.50} stands there twice")
            result[key] = self.value(pair[1], depth - 1)
        return result

    def _bulk(self, tag: str, content: list[Any]) -> Any:
        if tag in ("text", "bytes") and len(content) == 2:
            data = self._take(*content)
            return data if tag == "bytes" else self._text(data)
        if tag in ("tensor", "array") and len(content) == 4 and type(content[1]) is list:
            dtype, shape, offset, length = content
            array = Array(tag, dtype, tuple(shape), self._take(offset, length))
            return array if self.unpack is None else self.unpack(array)
        raise WireError("kind", f"nothing is written with the tag {tag!r:.50} and {len(content)} fields")

    def _text(self, data: bytes) -> str:
        if len(data) > MAX_TEXT:
            raise WireError("size", f"a text of {len(data)} bytes; at most {MAX_TEXT} can travel")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            raise WireError("text", "a text that is no UTF-8") from None
        if len(text) <= MAX_INLINE_TEXT:
            raise WireError("text", f"a text of {len(text)} characters belongs to the header")
        return text

    def _take(self, offset: Any, length: Any) -> bytes:
        """The next raw bytes: they are used in order, each exactly once."""
        if type(offset) is not int or type(length) is not int or offset != self.position or length < 0:
            raise WireError("bytes", f"{length!r:.50} bytes at {offset!r:.50}, where {self.position} was next")
        if length > len(self.raw) - offset:
            raise WireError("bytes", f"{length!r:.50} bytes at {offset}, and there are {len(self.raw)}")
        self.position += length
        return self.raw[offset : offset + length]
