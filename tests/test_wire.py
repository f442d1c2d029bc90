"""The wire between grader and worker: plain data survives it, and nothing else is ever accepted."""

import json
import math
import random
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.judging.values import CODES, DTYPES, MAX_KEYS
from grading.judging.wire import (
    MAX_FRAME,
    MAX_HEADER,
    Array,
    Frame,
    Reply,
    WireError,
    decode,
    decode_reply,
    encode,
    error_value,
    read_frame,
    todo_value,
)

ROOT = Path(__file__).parents[1]
OK = {"id": 7, "status": "ok"}


def reader(data: bytes, most: int = 2**20) -> Callable[[int], bytes]:
    """A stream that gives these bytes, at most so many at a time."""
    position = 0

    def read(size: int) -> bytes:
        nonlocal position
        piece = data[position : position + min(size, most)]
        position += len(piece)
        return piece

    return read


def framed(header: bytes | dict[str, Any], raw: bytes = b"") -> bytes:
    """A frame as an attacker would write it: nothing is checked."""
    if isinstance(header, dict):
        header = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    return struct.pack(">I", len(header)) + header + raw


def reply(tree: Any, raw: bytes = b"", **fields: Any) -> bytes:
    """A reply with a forged tree."""
    return framed({"id": 7, "status": "ok", **fields, "value": tree, "bytes": len(raw)}, raw)


def answer(data: bytes) -> Reply:
    """What a grader makes of these bytes."""
    return decode_reply(read_frame(reader(data)), 7)


def refusal(data: bytes) -> str:
    """The code with which these bytes are refused."""
    with pytest.raises(WireError) as caught:
        answer(data)
    assert caught.value.code in CODES
    return caught.value.code


def same(left: Any, right: Any) -> bool:
    """Equal, types and signs of zeros and nan included."""
    if type(left) is not type(right):
        return False
    if type(left) is float:
        return (math.isnan(left) and math.isnan(right)) or (left == right and math.copysign(1, left) == math.copysign(1, right))
    if type(left) in (list, tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if type(left) is dict:
        return same(list(left.items()), list(right.items()))
    return bool(left == right)


# --- What survives ------------------------------------------------------------------------------------------------------------


@st.composite
def arrays(draw: st.DrawFn) -> Array:
    """Tensors and arrays of every dtype, empty ones and numbers alone included."""
    kind = draw(st.sampled_from(["tensor", "array"]))
    dtype = draw(st.sampled_from([name for name in DTYPES if kind == "tensor" or name != "bfloat16"]))
    shape = tuple(draw(st.lists(st.integers(0, 3), max_size=4)))
    size = math.prod(shape) * DTYPES[dtype]
    data = draw(st.binary(min_size=size, max_size=size))
    return Array(kind, dtype, shape, bytes(byte & 1 for byte in data) if dtype == "bool" else data)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
KEYS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60) + 1, 2**60 - 1) | st.floats(allow_nan=False) | TEXT | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=3,
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.binary(max_size=40) | arrays()
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
@settings(max_examples=500, deadline=None, derandomize=True, database=None)
def test_every_value_comes_back_as_it_was(value: Any) -> None:
    """Numbers with their signs, lists apart from tuples, tensors from arrays, 1 from True from "1"; in one form only."""
    data = encode(OK, value)
    received = answer(data)
    assert received.status == "ok"
    assert same(received.value, value)
    assert encode(OK, received.value) == data


@pytest.mark.parametrize("dtype", sorted(DTYPES))
def test_tensors_of_every_dtype_travel(dtype: str) -> None:
    """2 rows of 3."""
    array = Array("tensor", dtype, (2, 3), bytes(6 * DTYPES[dtype]))
    assert answer(encode(OK, [array])).value == [array]


@pytest.mark.parametrize("size", [1023, 1024, 1025, 2**20])
def test_long_texts_travel_beside_the_tree(size: int) -> None:
    """Up to 1 MiB, line ends and all."""
    text = "ä\n" * (size // 3) + "x" * (size % 3)
    assert len(text.encode()) == size
    assert answer(encode(OK, text)).value == text


def test_a_dict_can_have_a_thousand_keys() -> None:
    """Of bytes as well; of tuples a hundred."""
    for value in ({b"%d" % number: number for number in range(1000)}, {(number, "x"): number for number in range(100)}):
        assert answer(encode(OK, value)).value == value


def test_tensors_become_ours_and_back() -> None:
    """The two sides say how a tensor becomes an `Array`, and an `Array` a tensor."""

    def pack(value: complex) -> Array:
        return Array("tensor", "complex128", (), struct.pack("<2d", value.real, value.imag))

    frame = read_frame(reader(encode({"id": 1}, {"z": (1 + 2j,)}, pack)))
    assert decode(frame, lambda array: complex(*struct.unpack("<2d", array.data))) == {"z": (1 + 2j,)}


def test_frames_follow_each_other_in_pieces() -> None:
    """A stream may give one byte at a time; its end between two frames has a code of its own."""
    read = reader(encode({"id": 1}, b"act" * 9) + encode({"id": 2}, None), most=1)
    assert [(frame.header, decode(frame)) for frame in (read_frame(read), read_frame(read))] == [
        ({"id": 1}, b"act" * 9),
        ({"id": 2}, None),
    ]
    with pytest.raises(WireError, match="end"):
        read_frame(read)


def test_errors_and_open_gaps_have_fields_of_their_own() -> None:
    """Texts are cut, and cleaned of halves of characters, so that every exception can travel."""
    error = error_value("Bad\ud800Error", "x" * 50_000, 12)
    assert answer(encode({"id": 7, "status": "error"}, error)).value == {"type": "Bad?Error", "message": "x" * 10_000, "line": 12}
    todo = todo_value("3.2", "the logits", "models.py:30")
    assert answer(encode({"id": 7, "status": "todo"}, todo)) == Reply("todo", todo)


# --- What is refused ----------------------------------------------------------------------------------------------------------


class Liar(int):
    """Equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (Liar(), "kind"),
        (object(), "kind"),
        ({1, 2}, "kind"),
        (print, "kind"),
        ("\ud800", "text"),
        ("x" * 2000 + "\ud800", "text"),
        ("x" * (2**20 + 1), "size"),
        (2**1024, "size"),
        (bytes(MAX_FRAME + 1), "size"),
        (["x" * 1000] * 1100, "size"),
        ({(print,): 1}, "kind"),
        ({frozenset(): 1}, "kind"),
        ({math.nan: 1}, "key"),
        ({2**60: 1}, "key"),
        (dict.fromkeys(range(MAX_KEYS + 1)), "size"),
        ({(number,): 0 for number in range(101)}, "size"),
    ],
)
def test_what_is_not_plain_data_cannot_be_written(value: Any, code: str) -> None:
    """Subclasses, objects, halves of characters, and too much of anything."""
    with pytest.raises(WireError) as caught:
        encode(OK, value)
    assert caught.value.code == code


def test_a_frame_can_be_bound_to_fewer_bytes() -> None:
    """When it is written and when it is read: replies are."""
    data = encode(OK, bytes(1000))
    assert read_frame(reader(data), most=len(data)).raw == bytes(1000)
    assert encode(OK, bytes(1000), most=len(data)) == data
    with pytest.raises(WireError, match="size"):
        read_frame(reader(data), most=len(data) - 1)
    with pytest.raises(WireError, match="size"):
        encode(OK, bytes(1000), most=len(data) - 1)


def test_what_holds_itself_or_grows_without_end_cannot_be_written() -> None:
    """A list in itself, a key of five thousand tuples, and a list of lists that are the same ones, 2 to the 30th."""
    ring: list[Any] = []
    ring.append(ring)
    deep: Any = ()
    for _ in range(500):
        deep = (deep,)
    laughs: Any = "ha"
    for _ in range(30):
        laughs = [laughs, laughs]
    for value, code in ((ring, "depth"), ({deep: 1}, "depth"), (laughs, "size")):
        with pytest.raises(WireError) as caught:
            encode(OK, value)
        assert caught.value.code == code


@pytest.mark.parametrize(
    "array",
    [
        ("list", "uint8", (1,), b"1"),
        ("array", "bfloat16", (1,), b"12"),
        ("tensor", "object", (1,), b"12345678"),
        ("tensor", "uint8", [1], b"1"),
        ("tensor", "uint8", (True,), b"1"),
        ("tensor", "uint8", (-1, -1), b"1"),
        ("tensor", "uint8", (2,), b"1"),
        ("tensor", "float32", (1,), b"1"),
        ("tensor", "uint8", (1,) * 9, b"1"),
        ("tensor", "uint8", (0, 2**40), b""),
        ("tensor", "uint8", (2**32, 0, 2**32), b""),
        ("tensor", "bool", (2,), b"\1\2"),
        ("tensor", "uint8", (1,), bytearray(b"1")),
    ],
)
def test_an_array_is_what_its_bytes_can_be(array: tuple[Any, ...]) -> None:
    """Known dtype, at most 8 dimensions, a shape that fits, and no bool that is 2."""
    with pytest.raises(WireError):
        Array(*array)


TENSOR = ["uint8", [2], 0, 2]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "end"),
        (b"\0\0", "truncated"),
        (encode(OK, b"12345")[:-1], "truncated"),
        (b"\xff\xff\xff\xff", "size"),
        (struct.pack(">I", MAX_HEADER + 1), "size"),
        (framed(b""), "json"),
        (framed(b"{"), "json"),
        (framed(b"\xff"), "json"),
        (framed(b"[" * MAX_HEADER), "json"),
        (framed(b'{"a":' * 100_000), "json"),
        (framed(b"9" * MAX_HEADER), "json"),
        (framed(b"[]"), "header"),
        (framed(b"{}"), "header"),
        (framed(b'{"id":7,"status":"ok","value":NaN,"bytes":0}'), "json"),
        (framed(b'{"id":7,"status":"ok","value":1e999,"bytes":0}'), "json"),
        (framed(b'{"id":7,"status":"ok","value":1E5,"bytes":0}'), "json"),
        (framed(b'{"id":7,"status":"ok","value":-0,"bytes":0}'), "json"),
        (framed(b'{"id":7, "status":"ok","value":1,"bytes":0}'), "json"),
        (framed(b'{"id":8,"id":7,"status":"ok","value":1,"bytes":0}'), "json"),
        (framed(b'{"id":7,"status":"ok","value":"\\ud800","bytes":0}'), "json"),
        (framed(b'{"id":7,"status":"ok","value":"\\u0041","bytes":0}'), "json"),
        (framed(b'{"status":"ok","id":7,"value":1,"bytes":0}'), "header"),
        (framed(b'{"id":7,"status":"ok","bytes":0,"value":1}'), "header"),
        (reply(1, id=8), "id"),
        (reply(1, id=True), "id"),
        (reply(1, id=7.0), "id"),
        (reply(1, id="7"), "id"),
        (reply(1, id=[[7]]), "id"),
        (reply(1, status="passed"), "header"),
        (reply(1, status=["ok"]), "header"),
        (reply(1, passed=True), "header"),
        (framed({"id": 7, "status": "ok", "value": 1, "bytes": -1}), "size"),
        (framed({"id": 7, "status": "ok", "value": 1, "bytes": MAX_FRAME}), "size"),
        (framed({"id": 7, "status": "ok", "value": 1, "bytes": 10**4000}), "size"),
        (framed({"id": 7, "status": "ok", "value": 1, "bytes": 0.0}), "size"),
        (framed({"id": 7, "status": "ok", "value": 1, "bytes": True}, b"1"), "size"),
        (reply(2**1024), "size"),
        (reply({}), "kind"),
        (reply({"list": []}), "kind"),
        (reply({"pickle": [0, 1]}, b"."), "kind"),
        (reply({"float": "1.0"}), "kind"),
        (reply({"float": 1.0}), "kind"),
        (reply({"float": "NaN"}), "kind"),
        (reply({"tuple": 1}), "kind"),
        (reply({"tuple": [], "dict": []}), "kind"),
        (reply({"dict": [1]}), "kind"),
        (reply({"dict": [[1, 2, 3]]}), "kind"),
        (reply({"dict": [[1, 2], [1, 3]]}), "key"),
        (reply({"dict": [[1, 2], [True, 3]]}), "key"),
        (reply({"dict": [[[1], 2]]}), "key"),
        (reply({"dict": [[{"dict": []}, 2]]}), "key"),
        (reply({"dict": [[{"tuple": [[]]}, 2]]}), "key"),
        (reply({"dict": [[{"tensor": TENSOR}, 2]]}, b"12"), "key"),
        (reply({"dict": [[{"float": "nan"}, 2]]}), "key"),
        (reply({"dict": [[2**61 - 1, 2]]}), "key"),
        (reply({"dict": [[number, 0] for number in range(MAX_KEYS + 1)]}), "size"),
        (reply({"dict": [[{"tuple": [number]}, 0] for number in range(101)]}), "size"),
        (reply("x" * 1025), "text"),
        (reply({"text": [0, 1]}, b"x"), "text"),
        (reply({"text": [0, 2000]}, b"\xff" * 2000), "text"),
        (reply({"text": [0, 2**20 + 1]}, b"x" * (2**20 + 1)), "size"),
        (reply({"tensor": TENSOR}, b"123"), "bytes"),
        (reply({"tensor": TENSOR}, b"1"), "bytes"),
        (reply(None, b"1"), "bytes"),
        (reply({"bytes": [1, 1]}, b"12"), "bytes"),
        (reply([{"bytes": [0, 2]}, {"bytes": [1, 1]}], b"12"), "bytes"),
        (reply([{"bytes": [0, 2]}, {"bytes": [0, 2]}], b"12"), "bytes"),
        (reply([{"bytes": [1, 1]}, {"bytes": [1, 1]}], b"12"), "bytes"),
        (reply({"bytes": [-1, 1]}, b"1"), "bytes"),
        (reply({"bytes": [0, -1]}, b"1"), "bytes"),
        (reply({"bytes": [0, 10**4000]}, b"1"), "bytes"),
        (reply({"bytes": [False, 1]}, b"1"), "bytes"),
        (reply({"bytes": [0, 1.0]}, b"1"), "bytes"),
        (reply({"bytes": [0, 1, 2]}, b"1"), "kind"),
        (reply({"tensor": ["uint8", 2, 0, 2]}, b"12"), "kind"),
        (reply({"tensor": [["uint8"], [2], 0, 2]}, b"12"), "dtype"),
        (reply({"tensor": ["O", [2], 0, 2]}, b"12"), "dtype"),
        (reply({"tensor": ["float32", [2], 0, 2]}, b"12"), "shape"),
        (reply({"tensor": ["uint8", [2.0], 0, 2]}, b"12"), "shape"),
        (reply({"tensor": ["uint8", [-1, -2], 0, 2]}, b"12"), "shape"),
        (reply({"tensor": ["uint8", [10**4000, 0], 0, 0]}), "shape"),
        (reply({"tensor": ["bool", [2], 0, 2]}, b"\1\xff"), "bytes"),
        (reply(1, status="error"), "header"),
        (reply({"dict": [["type", "E"], ["message", "m"]]}, status="error"), "header"),
        (reply({"dict": [["type", "E"], ["message", "m"], ["line", True]]}, status="error"), "header"),
        (reply({"dict": [["type", "E"], ["message", "m"], ["line", 0]]}, status="error"), "header"),
        (reply({"dict": [["type", "E" * 201], ["message", "m"], ["line", 1]]}, status="error"), "header"),
        (reply({"dict": [["type", "E"], ["message", 5], ["line", 1]]}, status="error"), "header"),
        (reply({"dict": [["exercise", "3.2"], ["goal", "g"]]}, status="todo"), "header"),
        (reply({"dict": [["exercise", "3.2"], ["goal", "g"], ["place", None]]}, status="todo"), "header"),
    ],
)
def test_a_forged_reply_is_refused_with_its_code(data: bytes, code: str) -> None:
    """Other ids, other forms of the same JSON, shapes that lie, bytes used twice or never, tags that nobody writes."""
    assert refusal(data) == code


def test_lists_in_lists_are_read_to_a_depth_of_32() -> None:
    """Of each kind."""
    for tag in (None, "tuple", "dict"):
        tree: Any = None
        for _ in range(32):
            tree = [tree] if tag is None else {tag: [[0, tree] if tag == "dict" else tree]}
        answer(reply(tree))
        assert refusal(reply([tree])) == "depth"
        assert refusal(reply({"tuple": [tree]})) == "depth"
        assert refusal(reply({"dict": [[0, tree]]})) == "depth"


@pytest.mark.parametrize(("error", "code"), [(TimeoutError(), "timeout"), (ConnectionResetError(), "truncated")])
def test_a_deadline_and_a_broken_connection_have_codes(error: OSError, code: str) -> None:
    """What `read` raises is no exception of its own for the grader."""

    def read(_size: int) -> bytes:
        raise error

    with pytest.raises(WireError) as caught:
        read_frame(read)
    assert caught.value.code == code


# --- Fuzzing ------------------------------------------------------------------------------------------------------------------

SEEDS: list[Any] = [
    None,
    [True, 0, -1, 2**63, 0.5, -0.0, math.inf, math.nan, "ä", ""],
    {"logits": Array("tensor", "float32", (2, 2), bytes(range(16))), "labels": [0, 1], 3: (1, "1", 1.5)},
    (Array("array", "bool", (3,), b"\0\1\0"), Array("tensor", "bfloat16", (), b"\x80\x3f"), b"raw", b""),
    ["x" * 1030, {("a", 1): {None: [[[]]]}}],
]
PARTS: list[Any] = [
    *(None, True, False, 0, 1, 2, 3, -1, 7, 2**31, 2**64, 10**400, 0.0, 1.5, "", "nan", "inf", "uint8", "bool", "float32", "O"),
    *([], [0], [[]], {}, {"tuple": []}, {"dict": [[1, 1]]}, {"bytes": [0, 0]}, {"bytes": [0, 4]}, {"float": "nan"}, "ok", "todo"),
    *(
        {"tensor": ["uint8", [4], 0, 4]},
        {"array": ["bool", [0], 0, 0]},
        {"text": [0, 4]},
        {"pickle": [0, 4]},
        "\x1b[2J",
        "x" * 1025,
    ),
]


def mutated_tree(tree: Any, luck: random.Random) -> Any:
    """A tree with another part in one place, or with one part less, more or twice."""
    inner = list(tree.values()) if type(tree) is dict else tree if type(tree) is list else []
    if not inner or luck.random() < 0.2:
        return luck.choice(PARTS)
    place = luck.randrange(len(inner))
    if type(tree) is dict:
        name = list(tree)[place]
        if luck.random() < 0.1:
            return {luck.choice(["tensor", "array", "tuple", "dict", "bytes", "text", "float", "x"]): tree[name]}
        return {**tree, name: mutated_tree(tree[name], luck)}
    change = luck.random()
    if change < 0.1:
        return tree[:place] + tree[place + 1 :]
    if change < 0.2:
        return [*tree[: place + 1], *tree[place:]]
    return [*tree[:place], mutated_tree(tree[place], luck), *tree[place + 1 :]]


def mutated_bytes(data: bytes, luck: random.Random) -> bytes:
    """A few bytes flipped, left out, put in, or moved."""
    for _ in range(luck.choice([1, 1, 1, 2, 5])):
        place, other = luck.randrange(len(data) + 1), luck.randrange(len(data) + 1)
        low, high = min(place, other), max(place, other)
        match luck.randrange(5):
            case 0 if place < len(data):
                data = data[:place] + bytes([data[place] ^ 1 << luck.randrange(8)]) + data[place + 1 :]
            case 1:
                data = data[:place] + luck.randbytes(luck.randrange(1, 5)) + data[place:]
            case 2:
                data = data[:place] + luck.choice(b'0179-.eE"[]{},:\\ntf\0').to_bytes() + data[place + 1 :]
            case 3:
                data = data[:low] + data[low : low + 8] + data[low:]
            case _:
                data = data[:low] + data[min(high, low + 8) :]
    return data


def fuzzed(luck: random.Random) -> bytes:
    """Noise, a valid frame with broken bytes, or a frame that is whole except that its header says something else."""
    kind = luck.random()
    if kind < 0.1:
        return luck.randbytes(luck.randrange(60))
    if kind < 0.2:
        return framed(luck.randbytes(luck.randrange(60)), luck.randbytes(4))
    data = encode({"id": 7, "status": luck.choice(["ok", "error", "todo"])}, luck.choice(SEEDS))
    length = int.from_bytes(data[:4])
    header, raw = data[4 : 4 + length], data[4 + length :]
    if kind < 0.35:
        return mutated_bytes(data, luck)
    if kind < 0.5:
        return framed(mutated_bytes(header, luck), raw)
    tree = json.loads(header)
    for _ in range(luck.choice([1, 1, 2, 3])):
        name = luck.choice(["value"] * 8 + ["id", "status", "bytes"])
        tree[name] = mutated_tree(tree[name], luck)
    if luck.random() < 0.5 and type(tree["bytes"]) is int and 0 <= tree["bytes"] < 2000:
        raw = (raw + luck.randbytes(2000))[: tree["bytes"]]
    return framed(tree, raw)


@pytest.mark.parametrize("part", range(4))
def test_a_hundred_thousand_broken_frames_give_no_other_exception_and_no_lie(part: int) -> None:
    """25,000 a part. What is accepted is nothing but what `encode` writes for that very value, to the last byte."""
    luck = random.Random(part)
    codes: dict[str, int] = dict.fromkeys(CODES, 0)
    accepted = 0
    for _ in range(25_000):
        data = fuzzed(luck)
        read = reader(data)
        try:
            received = decode_reply(read_frame(read), 7)
        except WireError as error:
            codes[error.code] += 1
            continue
        accepted += 1
        again = encode({"id": 7, "status": received.status}, received.value)
        assert again + read(MAX_FRAME) == data
    never = {code for code, count in codes.items() if not count}
    assert never <= {"timeout", "depth"}, f"the fuzzer no longer comes to {never}"
    assert 100 < accepted < 12_500, f"{accepted} of 25,000 were accepted: the fuzzer breaks too little or too much"


# --- The module ---------------------------------------------------------------------------------------------------------------


def test_judging_loads_neither_torch_nor_the_reference_nor_child_programs() -> None:
    """The grader's own modules know nothing that an answer could break."""
    program = (
        "import sys; from grading.judging import intake, results, wire\n"
        "bad = {'torch', 'numpy', 'handwriting_workshop', 'grading.runtime'} & set(sys.modules); sys.exit(f'{bad}' if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_wire_is_pure_python() -> None:
    """Two files and the standard library are all that a worker needs of it."""
    program = (
        "import sys; before = {name.partition('.')[0] for name in sys.modules}; import grading.judging.wire\n"
        "new = {name.partition('.')[0] for name in sys.modules} - before - set(sys.stdlib_module_names) - {'grading'}\n"
        "sys.exit(f'{new}' if new else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_frame_is_read_before_its_value_is_looked_at() -> None:
    """A worker can see what is asked of it first."""
    frame = read_frame(reader(encode({"id": 3, "call": "act"}, [1])))
    assert frame == Frame({"id": 3, "call": "act"}, [1], b"")
