"""Intake: honest answers in every form are taken in whole, hostile ones are refused, and nothing is ever written or executed."""

import bz2
import gzip
import io
import lzma
import os
import random
import socket
import sys
import tarfile
import time
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from grading.judging.archives import MAX_FILES, MAX_SOURCE
from grading.judging.intake import RejectedError, Submission, find_submissions, passed_over, take_in

WANTED = ("models.py", "profiling.py")
CODE = '"""Models."""\n\n\ndef create_model() -> str:\n    return "ä"\n'
HONEST = {"models.py": CODE, "profiling.py": "x = 1\n"}


WATCHED: list[list[str]] = []
"""While something is taken in: what was done that intake must never do."""


def watch(event: str, arguments: tuple[object, ...]) -> None:
    """Python tells of each file that is opened and of each program that is started."""
    if not WATCHED:
        return
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    changes = event.startswith(("os.", "shutil.", "subprocess.", "socket.")) and event not in ("os.listdir", "os.scandir")
    if writes or changes:
        WATCHED[-1].append(f"{event}{arguments!r}")


sys.addaudithook(watch)


def taken(path: Path) -> Submission:
    """The answer to step 3; nothing is written, moved or started for it."""
    WATCHED.append([])
    try:
        return take_in(path, WANTED, folder="step3")
    finally:
        assert WATCHED.pop() == []


def refusal(path: Path) -> RejectedError:
    """Why a path is not taken in; promptly, and in words that fit on a terminal."""
    before = time.monotonic()
    with pytest.raises(RejectedError) as caught:
        taken(path)
    assert time.monotonic() - before < 20, "an answer must not keep the intake busy"
    assert str(caught.value).isprintable()
    return caught.value


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    """A folder with these files."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


Members = list[tuple[str, str | bytes]]


def zipped(path: Path, members: Members, change: Callable[[zipfile.ZipInfo], None] = lambda _: None) -> Path:
    """A zip archive; names as they are given, whatever they are."""
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # of names that are there already
        for name, content in members:
            info = zipfile.ZipInfo("x")
            info.filename, info.compress_type, info.external_attr = name, zipfile.ZIP_DEFLATED, 0o644 << 16
            change(info)
            archive.writestr(info, content, compress_type=info.compress_type)
    return path


def tarred(path: Path, members: Members, change: Callable[[tarfile.TarInfo], None] = lambda _: None, form: int = 2) -> Path:
    """A tar archive, packed as its name says."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:", format=form) as archive:
        for name, content in members:
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size = len(data)
            change(info)
            archive.addfile(info, io.BytesIO(data))
    pack = {".tgz": gzip.compress, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}.get(path.suffix, bytes)
    path.write_bytes(pack(buffer.getvalue()))
    return path


def packed(path: Path, members: Members) -> Path:
    """Zip or tar, as the suffix says."""
    return zipped(path, members) if path.suffix == ".zip" else tarred(path, members)


# --- Honest answers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "prefix", ["", "step3/", "exercises/step3/", "step3/step3/", "handout/exercises/step3/", "my work/step3/", "a/b/"]
)
@pytest.mark.parametrize("form", ["folder", ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"])
def test_an_answer_is_taken_in_wherever_the_handout_puts_it(tmp_path: Path, prefix: str, form: str) -> None:
    """In a folder or an archive, bare or with one or two folders around it, and always with the same digest."""
    files = {f"{prefix}{name}": text for name, text in HONEST.items()}
    path = write(tmp_path / "ann", {**files}) if form == "folder" else packed(tmp_path / f"ann{form}", list(files.items()))
    submission = taken(path)
    assert (submission.name, submission.files, submission.missing) == ("ann", HONEST, ())
    assert submission.digest == taken(write(tmp_path / "plain", {**HONEST})).digest


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_and_foreign_names_in_a_tar_are_read(tmp_path: Path, form: int) -> None:
    """Names of more than 100 characters, and umlauts, as each kind of tar writes them."""
    around = "Übungen zur Schrifterkennung/" + "lang" * 30
    path = tarred(tmp_path / "ann.tar", [(f"{around}/{name}", text) for name, text in HONEST.items()], form=form)
    assert taken(path).files == HONEST


@pytest.mark.parametrize("form", ["folder", ".zip", ".tar.gz"])
def test_what_lies_beside_an_answer_is_not_looked_at(tmp_path: Path, form: str) -> None:
    """A notebook, pictures, other steps, backups, system litter; files that would change Python or pytest never come along."""
    junk: dict[str, str | bytes] = dict.fromkeys(
        ("conftest.py", "pytest.ini", "sitecustomize.py", "torch.py", "evil.pth", "pyproject.toml", "json.py", "test_models.py"),
        "evil",
    )
    junk |= {f"exercises/step3/{name}": "evil" for name in list(junk)}
    junk |= {
        "exercises/step3/step3.ipynb": "{}",
        "exercises/step4/trainer.py": "evil",
        "solutions/step3/models.py": "evil",
        ".workshop/pristine/step3/models.py": "evil",
        ".workshop/backups/20260101-120000/exercises/step3/models.py": "evil",
        "__pycache__/models.cpython-311.pyc": b"\0\0evil",
        "exercises/step3/__pycache__/models.cpython-311.pyc": b"\0\0evil",
        "__MACOSX/exercises/step3/._models.py": b"\0",
        "exercises/step3/._models.py": b"\0",
        "Übung (2) – Bilder/Ziffern、手書き.png": b"\x89PNG",
        "data.zip": b"PK",
    }
    files = {**junk, **{f"exercises/step3/{name}": text for name, text in HONEST.items()}}
    path = write(tmp_path / "ann", files) if form == "folder" else packed(tmp_path / f"ann{form}", list(files.items()))
    assert taken(path).files == HONEST


def test_a_single_file_is_an_answer_and_the_others_are_missing(tmp_path: Path) -> None:
    """Its exercises can be judged; those of the missing file are known to be missing."""
    path = write(tmp_path, {"models.py": CODE}) / "models.py"
    assert (taken(path).files, taken(path).missing) == ({"models.py": CODE}, ("profiling.py",))
    assert taken(path.parent).digest == taken(path).digest


@pytest.mark.parametrize(
    "data",
    [
        CODE.encode(),
        b"\xef\xbb\xbf" + CODE.encode(),
        CODE.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + CODE.replace("\n", "\r\n").encode(),
        CODE.replace("\n", "\r").encode(),
    ],
)
def test_marks_and_line_ends_make_no_difference(tmp_path: Path, data: bytes) -> None:
    """A mark at the start and line ends of Windows are read as Python reads them."""
    assert taken(write(tmp_path, {"models.py": data})).files == {"models.py": CODE}


@pytest.mark.parametrize("line", ["# -*- coding: utf-8 -*-", "# vim: set fileencoding=UTF8 :", "# coding=utf-8-sig"])
def test_a_comment_may_ask_for_utf_8(tmp_path: Path, line: str) -> None:
    """As editors write it."""
    assert taken(write(tmp_path, {"models.py": f"{line}\n{CODE}"})).files == {"models.py": f"{line}\n{CODE}"}


@pytest.mark.parametrize("text", ["", "def f(:\n", "x = 1\x0cy\n", "# 👩‍💻 \u202e\n"])
def test_any_text_is_taken_in_even_if_it_is_no_program(tmp_path: Path, text: str) -> None:
    """An empty file, a syntax error and odd characters are for the judge to tell of."""
    assert taken(write(tmp_path, {"models.py": text})).files == {"models.py": text}


def test_digests_tell_answers_apart(tmp_path: Path) -> None:
    """Other text, another file, and text moved from one file into another."""
    answers = [{"models.py": "a"}, {"models.py": "b"}, {"profiling.py": "a"}, {"models.py": "a", "profiling.py": ""}]
    answers += [{"models.py": "", "profiling.py": "a"}, {"models.py": "profiling.py 0\n"}]
    assert len({taken(write(tmp_path / str(number), {**files})).digest for number, files in enumerate(answers)}) == len(answers)


# --- Hostile files and folders ------------------------------------------------------------------------------------------------


def special(kind: str, path: Path) -> None:
    """Put something that is no plain file where an answer is expected."""
    match kind:
        case "link":
            path.symlink_to("/etc/passwd")
        case "broken link":
            path.symlink_to("nowhere")
        case "hard link":
            os.link(write(path.parent.parent, {"other.py": CODE}) / "other.py", path)
        case "pipe":
            os.mkfifo(path)
        case "socket":
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(str(path))
        case "device":
            try:
                os.mknod(path, 0o20666, os.makedev(1, 5))  # /dev/zero
            except PermissionError:  # only root may; a link to it is the next best
                path.symlink_to("/dev/zero")
        case "folder":
            path.mkdir()


KINDS = ["link", "broken link", "hard link", "pipe", "socket", "device", "folder"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", ["models.py", "step3/models.py"])
def test_what_is_no_plain_file_is_refused_and_never_waited_for(
    tmp_path: Path, kind: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Links, hard links, pipes, sockets, devices and folders in the place of a file."""
    write(tmp_path / "ann", {"step3/profiling.py": "x = 1\n"})
    monkeypatch.chdir(tmp_path / "ann")  # the name of a socket must be short
    special(kind, Path(place).absolute() if kind == "hard link" else Path(place))
    assert refusal(tmp_path / "ann").code == "kind"


@pytest.mark.parametrize("kind", KINDS[:-1])
def test_nor_may_the_submission_itself_be_one(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file or an archive that is a link, a pipe, or whatever else."""
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    for name in ("models.py", "ann.zip"):
        special(kind, (tmp_path / "in" / name) if kind == "hard link" else Path(name))
        assert refusal(tmp_path / "in" / name).code == "kind"


def test_links_on_the_way_are_not_followed(tmp_path: Path) -> None:
    """A folder that is a link, also one around the answer; and a whole submission that is one."""
    write(tmp_path / "bob", {"step3/models.py": CODE})
    for place in ("ann", "ann/step3", "ann/exercises"):
        path = tmp_path / place
        path.parent.mkdir(exist_ok=True)
        path.symlink_to(tmp_path / "bob" / "step3", target_is_directory=True)
        assert refusal(tmp_path / "ann").code == "kind"
        path.unlink()
    (tmp_path / "ann" / "around").symlink_to(tmp_path / "bob", target_is_directory=True)
    assert refusal(tmp_path / "ann").code == "missing"


def test_a_file_that_is_exchanged_for_a_link_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between looking at it and opening it."""
    path = write(tmp_path, {"models.py": CODE}) / "models.py"
    opened = os.open

    def exchange(name: Path, flags: int) -> int:
        path.unlink()
        path.symlink_to("/etc/passwd")
        return opened(name, flags)

    monkeypatch.setattr(os, "open", exchange)
    with pytest.raises(RejectedError, match="cannot be read"):
        take_in(path, WANTED, folder="step3")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the system's reason; a folder likewise."""
    path = write(tmp_path / "ann", {"models.py": CODE})

    def denied(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    for name in ("open", "scandir"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, denied)
            assert (refusal(path).code, "Permission denied" in str(refusal(path))) == ("unreadable", True)


def test_a_missing_answer_says_what_was_expected(tmp_path: Path) -> None:
    """Nothing there, an empty folder, a notebook only, answers of another step, and an answer too deep."""
    write(tmp_path / "notebook", {"step3.ipynb": "{}"})
    write(tmp_path / "other", {"exercises/step4/models.py": CODE})
    write(tmp_path / "deep", {"a/b/c/models.py": CODE})
    (tmp_path / "empty").mkdir()
    for name in ("nothing", "empty", "notebook", "other", "deep"):
        assert refusal(tmp_path / name).code == "missing"
    assert "exercises/step3/models.py or step3/models.py or models.py" in str(refusal(tmp_path / "empty"))
    assert refusal(tmp_path / "notebook" / "step3.ipynb").code == "kind"
    assert refusal(write(tmp_path, {"model.py": CODE}) / "model.py").code == "kind"


@pytest.mark.parametrize("form", ["folder", ".zip", ".tar"])
def test_two_files_for_one_are_ambiguous(tmp_path: Path, form: str) -> None:
    """Nobody guesses which one is meant; both are named."""
    for number, other in enumerate(["models.py", "exercises/step3/models.py"]):
        files: dict[str, str | bytes] = {"step3/models.py": CODE, other: CODE + "#"}
        path = tmp_path / f"ann{number}{form}"
        path = write(path, files) if form == "folder" else packed(path, list(files.items()))
        assert refusal(path).code == "ambiguous"
        named = str(refusal(path)).replace("exercises/step3/models.py", "<other>").replace("step3/models.py", "<first>")
        assert "<first>" in named
        assert {"models.py": "models.py", "exercises/step3/models.py": "<other>"}[other] in named


NAMES = [
    "models\n.py",
    "mod\tels.py",
    "\x1b[2J.py",
    "models.\u202eyp",
    "\u2066x",
    "ｍodels.py",
    "ａ／ｂ.py",
    "a\\b.py",
    "x\x7f",
    "\u2028",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["folder", ".zip", ".tar"])
def test_names_that_hide_something_are_refused(tmp_path: Path, name: str, form: str) -> None:
    """Control characters, line ends, turned writing, full-width letters, backslashes; beside an honest answer, too."""
    files: dict[str, str | bytes] = {**HONEST, name: "evil"}
    path = tmp_path / f"ann{form}"
    path = write(path, files) if form == "folder" else packed(path, list(files.items()))
    assert refusal(path).code == "name"
    assert ("workshop submit" in refusal(path).message) == ("\\" in name)


def test_folders_as_powershell_packs_them_are_folders(tmp_path: Path) -> None:
    """`Compress-Archive` writes backslashes; what leads out of the archive is refused as ever, and so is a mixture of both."""

    def by_windows(member: zipfile.ZipInfo) -> None:
        member.create_system = 0

    path = tmp_path / "ann.zip"
    zipped(path, [("step3\\", ""), ("step3\\models.py", CODE), ("step3\\notes\\a.txt", "x")], by_windows)
    assert taken(path).files["models.py"] == CODE
    evil = {"..\\models.py": "path", "\\models.py": "path", "C:\\models.py": "path", "step3\\Models.py": "collision"}
    for name, code in evil.items():
        zipped(path, [("step3\\models.py", CODE), (name, "evil")], by_windows)
        assert refusal(path).code == code
    zipped(path, [("step3/models.py", CODE), ("notes\\a.txt", "x")], by_windows)
    assert refusal(path).code == "name"


def test_folders_that_look_alike_are_refused(tmp_path: Path) -> None:
    """Where both are there; one alone that is called otherwise is simply not the one that is looked for."""
    assert refusal(write(tmp_path / "ann", {"step3/models.py": CODE, "Step3/x": ""})).code == "collision"
    assert taken(write(tmp_path / "bob", {"models.py": CODE, "Step3/x": ""})).files == {"models.py": CODE}


@pytest.mark.parametrize("name", ["Models.py", "MODELS.PY", "models\u200b.py", "mod\u00adels.py", "modelſ.py"])
@pytest.mark.parametrize("form", ["folder", ".zip", ".tar"])
def test_names_that_look_alike_are_refused(tmp_path: Path, name: str, form: str) -> None:
    """Upper case, letters of another kind, and invisible characters: on some systems, or to some readers, they are one file."""
    files: dict[str, str | bytes] = {**HONEST, name: "evil"}
    path = tmp_path / f"ann{form}"
    path = write(path, files) if form == "folder" else packed(path, list(files.items()))
    assert refusal(path).code == "collision"
    alone = tmp_path / f"bob{form}"
    alone = write(alone, {name: CODE}) if form == "folder" else packed(alone, [(name, CODE)])
    assert "it must be models.py" in str(refusal(alone))


def test_a_folder_of_too_many_files_is_refused(tmp_path: Path) -> None:
    """Where the answer should lie; what lies elsewhere is not even counted."""
    root = write(tmp_path / "ann", {"step3/models.py": CODE, **{f"data/{number}": "" for number in range(MAX_FILES + 1)}})
    assert taken(root).files == {"models.py": CODE}
    write(root, {f"step3/{number}": "" for number in range(MAX_FILES)})
    assert refusal(root).code == "files"


@pytest.mark.parametrize("form", ["file", "folder", ".zip", ".tar.gz"])
def test_a_huge_file_is_refused(tmp_path: Path, form: str) -> None:
    """More than 256 KiB of source, in one piece or of zeros; exactly as much is taken in."""
    for size, fits in ((MAX_SOURCE, True), (MAX_SOURCE + 1, False), (30 * 2**20, False)):
        data = (b"#" * 79 + b"\n") * (size // 80) + b"#" * (size % 80)
        path = tmp_path / f"{size}{form}"
        if form in ("file", "folder"):
            path = write(path, {"models.py": data}) / ("models.py" if form == "file" else "")
        else:
            packed(path, [("models.py", data)])
        if fits:
            assert len(taken(path).files["models.py"]) == size
        else:
            assert refusal(path).code in ("size", "bomb")


@pytest.mark.parametrize(
    "data",
    [
        CODE.encode("utf-16"),
        CODE.encode("utf-16-le"),
        CODE.encode("utf-32"),
        CODE.encode("latin-1"),
        b"x = 1\0\n",
        b"\x7fELF\xff",
        b"\xed\xa0\x80",
        b"\xc0\x80",
        b"# coding: latin-1\nx = 1\n",
        b"# coding: utf-7\nx = 1\n",
        b"#!/usr/bin/python\n# -*- coding: rot13 -*-\nvzcbeg bf\n",
        b"# coding: nonsense\n",
        b"\xef\xbb\xbf# coding: latin-1\n",
        b"# coding: utf-16\n",
        b"\r# coding: utf-7\rx = 1\r",
        b"#\r\n# coding=cp1252\r\n",
    ],
)
def test_only_utf_8_is_text(tmp_path: Path, data: bytes) -> None:
    """And a comment may not ask Python to read another text than we have read."""
    assert refusal(write(tmp_path, {"models.py": data})).code == "text"


# --- Hostile archives ---------------------------------------------------------------------------------------------------------

PATHS = [
    *(
        "../evil.py",
        "a/../../evil.py",
        "a/../models.py",
        "/tmp/evil.py",
        "//evil.py",
        "C:/evil.py",
        "c:evil.py",
        "..",
        "../",
        "/",
    ),
    *("step3/../../../../evil.py", "./../evil.py"),
]


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("form", [".zip", ".tar", ".tar.gz"])
def test_paths_that_lead_out_of_an_archive_are_refused(tmp_path: Path, name: str, form: str) -> None:
    """Absolute ones, drives, and `..` anywhere, though nothing would be unpacked; the honest answer beside does not help."""
    assert refusal(packed(tmp_path / f"ann{form}", [*HONEST.items(), (name, "evil")])).code == "path"


@pytest.mark.parametrize(("mode", "place"), [(0o120777, 0), (0o010644, 1), (0o020644, 0), (0o060644, 1), (0o140644, 1)])
def test_links_pipes_and_devices_in_a_zip_are_refused(tmp_path: Path, mode: int, place: int) -> None:
    """Even if they are not what is wanted."""

    def change(info: zipfile.ZipInfo) -> None:
        if info.filename == ("models.py", "beside")[place]:
            info.external_attr = mode << 16

    assert refusal(zipped(tmp_path / "ann.zip", [("models.py", "/etc/passwd"), ("beside", "")], change)).code == "kind"


@pytest.mark.parametrize("kind", [b"1", b"2", b"3", b"4", b"6", b"7", b"S", b"K", b"V", b"\xff"])
def test_links_pipes_and_devices_in_a_tar_are_refused(tmp_path: Path, kind: bytes) -> None:
    """Hard and symbolic links, devices, pipes, sparse files, and whatever else there may be."""

    def change(info: tarfile.TarInfo) -> None:
        if info.name == "beside":
            info.type, info.linkname, info.size = kind, "/etc/passwd", 0

    assert refusal(tarred(tmp_path / "ann.tar", [("models.py", CODE), ("beside", "")], change)).code == "kind"


@pytest.mark.parametrize("form", [".zip", ".tar"])
def test_one_name_twice_in_an_archive_is_refused(tmp_path: Path, form: str) -> None:
    """Two files, a file and a folder, names that differ in case or in how an umlaut is composed."""
    for number, names in enumerate(
        [
            ("models.py", "models.py"),
            ("models.py", "models.py/x"),
            ("x/y", "x"),
            ("README", "readme"),
            ("Ü", "U\u0308"),
            ("a/x", "A/y"),
        ]
    ):
        members: Members = [(name, str(place)) for place, name in enumerate(names)]
        path = packed(tmp_path / f"{number}{form}", [*members, ("profiling.py", "")])
        assert refusal(path).code == "collision"


@pytest.mark.parametrize("form", [".zip", ".tar", ".tar.gz"])
def test_an_archive_of_too_many_files_or_folders_is_refused(tmp_path: Path, form: str) -> None:
    """More than 1,000 files, folders in folders, and a name without end."""
    many: Members = [(str(number), "") for number in range(MAX_FILES + 1)]
    assert refusal(packed(tmp_path / f"many{form}", [("models.py", CODE), *many])).code == "files"
    assert refusal(packed(tmp_path / f"deep{form}", [("models.py", CODE), ("d/" * 50 + "x", "")])).code == "depth"
    assert refusal(packed(tmp_path / f"long{form}", [("models.py", CODE), ("x" * 300, "")])).code == "name"


@pytest.mark.parametrize("suffix", [".zip", ".tar.gz", ".tar.bz2", ".tar.xz"])
def test_bombs_are_refused_by_ratio_and_by_size(tmp_path: Path, suffix: str) -> None:
    """30 MB of zeros, and 60 MB that hardly pack; neither is the answer itself."""
    luck = random.Random(0)
    by_ratio = packed(tmp_path / f"ratio{suffix}", [("models.py", CODE), ("zeros", bytes(30 * 2**20))])
    assert refusal(by_ratio).code == "bomb"
    if suffix in (".zip", ".tar.gz"):  # the others take long to pack
        mixed = (luck.randbytes(5_000) + bytes(95_000)) * 600  # twenty to one, 60 MB
        assert refusal(packed(tmp_path / f"size{suffix}", [("models.py", CODE), ("mixed", mixed)])).code == "bomb"
    too_large = write(tmp_path, {f"large{suffix}": bytes(11 * 2**20)}) / f"large{suffix}"
    assert refusal(too_large).code == "size"


def test_a_zip_that_lies_about_its_sizes_is_refused(tmp_path: Path) -> None:
    """10 MB that claim to be 10 bytes: nothing beyond what is allowed is ever unpacked."""
    path = zipped(tmp_path / "ann.zip", [("models.py", bytes(10 * 2**20))])
    data = path.read_bytes().replace((10 * 2**20).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert data != path.read_bytes()
    path.write_bytes(data)
    assert refusal(path).code in ("archive", "bomb", "text")


def test_an_encrypted_or_oddly_packed_zip_is_refused(tmp_path: Path) -> None:
    """Only stored and deflated files are unpacked."""
    for method in (zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2):

        def change(info: zipfile.ZipInfo, method: int = method) -> None:
            info.compress_type = method

        assert refusal(zipped(tmp_path / f"{method}.zip", [("models.py", CODE)], change)).code == "archive"
    path = zipped(tmp_path / "secret.zip", [("models.py", CODE)])
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    assert refusal(path).code == "archive"


def test_a_zero_byte_hides_nothing_in_the_name_of_a_zip(tmp_path: Path) -> None:
    """Python would cut `models.py␀.txt` off; the whole name counts."""
    path = zipped(tmp_path / "ann.zip", [("models.py+.txt", CODE)])
    path.write_bytes(path.read_bytes().replace(b"models.py+", b"models.py\0"))
    assert refusal(path).code == "name"


@pytest.mark.parametrize("inner", ["inner.zip", "inner.tar.gz"])
def test_archives_in_archives_are_not_opened(tmp_path: Path, inner: str) -> None:
    """Nor is one in a folder; the answer in it is missing."""
    hidden = packed(tmp_path / inner, [("models.py", CODE)]).read_bytes()
    assert refusal(zipped(tmp_path / "ann.zip", [(inner, hidden)])).code == "missing"
    assert refusal(write(tmp_path / "ann", {inner: hidden})).code == "missing"


def with_header(kind: bytes, content: bytes, size: int | None = None) -> bytes:
    """A tar with an extended header of our own before the answer."""
    info = tarfile.TarInfo("header")
    info.type, info.size = kind, len(content) if size is None else size
    member = tarfile.TarInfo("models.py")
    member.size = 1
    return info.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % 512) + member.tobuf() + b"x" + bytes(511 + 1024)


@pytest.mark.parametrize(
    "data",
    [
        with_header(b"x", b"1" * 200_000),  # keeps Python's tarfile busy for minutes
        with_header(b"x", b"20 size=-1073741824\n"),  # for ever
        with_header(b"x", b"12 size=512\n"),
        with_header(b"x", b"0 a=b\n"),
        with_header(b"x", b"99 a=b\n"),
        with_header(b"x", b"3 a=b\n"),
        with_header(b"x", b"16 path=\xff\xff/x.py\n"),
        with_header(b"x", b"17 path=../x.py\n\n"),
        with_header(b"L", b"../../evil.py\0"),
        with_header(b"L", b""),
        with_header(b"0", b"", size=-512),
        with_header(b"0", b"", size=2**40),
        with_header(b"0", b"", size=2**30),
        with_header(b"x", b"", size=-512) * 2,
    ],
)
def test_tar_headers_that_lie_are_refused_at_once(data: bytes, tmp_path: Path) -> None:
    """Digits without end, negative and gigantic lengths, records that do not fit, names that lead out."""
    path = write(tmp_path, {"ann.tar": data}) / "ann.tar"
    assert refusal(path).code in ("archive", "path", "name")


def test_what_only_claims_to_be_an_archive_is_refused(tmp_path: Path) -> None:
    """Empty, text, a program, the beginning of an archive, a Python file that is one, an archive that is none."""
    whole = packed(tmp_path / "whole.zip", list(HONEST.items())).read_bytes()
    parts = {"empty.zip": b"", "text.zip": b"x = 1\n", "elf.tar": b"\x7fELF" + bytes(600), "half.zip": whole[: len(whole) // 2]}
    cut_off = packed(tmp_path / "cut.tar.gz", list(HONEST.items())).read_bytes()[:-1]
    parts |= {
        "cut.tar.gz": cut_off,
        "short.tar.gz": gzip.compress(b"x")[:-1],
        "noise.tgz": b"\x1f\x8b\x08" + bytes(50),
        "noise.xz": b"\xfd7zXZ\0" * 9,
    }
    for name, data in parts.items():
        assert refusal(write(tmp_path, {name: data}) / name).code in ("archive", "missing", "kind")
    assert refusal(write(tmp_path, {"models.py": whole}) / "models.py").code == "text"


@pytest.mark.parametrize("form", [".zip", ".tar", ".tar.gz"])
def test_damaged_archives_give_answers_or_refusals_and_nothing_else(tmp_path: Path, form: str) -> None:
    """700 archives with a few bytes changed, left out or doubled: no other exception, no file that was not packed."""
    luck = random.Random(form)
    whole = packed(tmp_path / f"whole{form}", [(f"step3/{name}", text) for name, text in HONEST.items()]).read_bytes()
    whole = whole if form == ".tar.gz" else whole[: len(whole) - len(whole) % 512 or None]
    path = tmp_path / f"ann{form}"
    refused = 0
    for _ in range(700):
        data = bytearray(whole)
        for _ in range(luck.choice([1, 1, 2, 8])):
            place = luck.randrange(len(data))
            match luck.randrange(3):
                case 0:
                    data[place] = luck.randrange(256)
                case 1:
                    del data[place : place + luck.choice([1, 4, 512])]
                case _:
                    data[place:place] = data[place : place + luck.choice([1, 4, 512])]
            data = data or bytearray(whole)
        path.write_bytes(data)
        try:
            submission = taken(path)
        except RejectedError:
            refused += 1
            continue
        assert set(submission.files) <= set(WANTED)
    assert refused > 100


# --- A folder of students -----------------------------------------------------------------------------------------------------


def test_a_folder_of_students_is_listed_by_name(tmp_path: Path) -> None:
    """Folders, archives and files, in order; lists of grades, litter and hidden files are left out, hostile things are not."""
    write(
        tmp_path, {"bob/step3/models.py": CODE, "ann/models.py": CODE, "grades.csv": "", ".git/models.py": CODE, "__MACOSX/x": ""}
    )
    packed(tmp_path / "Carl.TAR.GZ", [("models.py", CODE)])
    packed(tmp_path / "ann.zip", [("models.py", CODE)])
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/")
    found = find_submissions(tmp_path, WANTED, folder="step3")
    names = ["Carl", "ann", "ann.zip", "bob", "link", "pipe"]
    assert [name for name, _ in found] == names
    assert [path.name for _, path in found] == ["Carl.TAR.GZ", *names[1:]]
    assert found == find_submissions(tmp_path)
    assert take_in(found[2][1], WANTED, folder="step3", name=found[2][0]).name == "ann.zip"
    for _, path in found[-2:]:
        assert refusal(path).code == "kind"


def test_whoever_handed_in_other_steps_alone_gets_no_0_for_this_one(tmp_path: Path) -> None:
    """As `nbgrader export`, which leaves such a row empty; a folder with anything else in it is a submission."""
    write(tmp_path, {"ann/step3/models.py": CODE, "bob/step5/evaluator.py": CODE, "cleo/step5/x": "", "cleo/model.py": CODE})
    (tmp_path / "dan").mkdir()
    (tmp_path / "eve.py").write_text(CODE)
    (tmp_path / "link").symlink_to(tmp_path / "bob")
    assert [name for name, _ in find_submissions(tmp_path, WANTED, folder="step3")] == ["ann", "cleo", "dan", "eve", "link"]
    assert passed_over(tmp_path, "step3") == ["bob"]


@pytest.mark.parametrize("name", ["step3", "exercises", "models.py"])
def test_nobody_hides_a_class_by_being_called_as_a_part_of_the_course(tmp_path: Path, name: str) -> None:
    """A student called `step3` or `exercises` is one of them, and the others are judged, too."""
    write(tmp_path, {f"{student}/step3/models.py": CODE for student in ("ann", "bob", name)})
    found = find_submissions(tmp_path, WANTED, folder="step3")
    assert [path.name for _, path in found] == sorted(["ann", "bob", name])
    for _, path in found:
        assert take_in(path, WANTED, folder="step3").files["models.py"] == CODE


@pytest.mark.parametrize(
    "place", ["models.py", "step3/models.py", "exercises/step3/models.py", "step3/notes.txt", "step3/step3/x.py"]
)
def test_one_submission_is_no_folder_of_students(tmp_path: Path, place: str) -> None:
    """A handout, a step's folder, a file or an archive is the only one there is, whatever folders lie beside."""
    root = write(tmp_path / "ann", {place: CODE, "my notes/a.txt": "", "step5/x.py": ""})
    assert find_submissions(root, WANTED, folder="step3") == [("ann", root)]
    assert find_submissions(root / place, WANTED, folder="step3")[0][1] == root / place
    with pytest.raises(NotADirectoryError, match="give a file, a folder"):
        find_submissions(tmp_path / "nothing", WANTED, folder="step3")


def test_names_of_students_are_fit_for_a_terminal(tmp_path: Path) -> None:
    """Whatever a folder is called; umlauts stay."""
    for name in ("Jörg Ünal", "\x1b[2J", os.fsdecode(b"J\xf6rg")):
        write(tmp_path / name, {"models.py": CODE})
    assert [name for name, _ in find_submissions(tmp_path)] == ["J\\udcf6rg", "Jörg Ünal", "\\x1b[2J"]


def test_no_two_in_a_folder_have_one_name(tmp_path: Path) -> None:
    """Also where the whole name of one is what another would be called: a hostile name must not stop the batch."""
    for name in ("ann.zip", "ann.zip.zip", "ann.zip.zip.zip"):
        packed(tmp_path / name, [("models.py", CODE)])
    write(tmp_path / "ann", {"models.py": CODE})
    assert [name for name, _ in find_submissions(tmp_path)] == ["ann", "ann.zip", "ann.zip.zip", "ann.zip.zip.zip"]
