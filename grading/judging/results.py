"""What became of a submission: points over the tests that were expected, and what its author is told.

One JSON file per submission and step, `step3/ann.json`, the same bytes from run to run; how long it took stands in a file of its
own, `durations/step3/ann.json`. A file is whole or not there, and one that is damaged counts as not there. So a batch that was
killed goes on where it was: what `is_done` is not judged again.
"""

import hashlib
import hmac
import re
import urllib.parse
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal

import msgspec

from grading.files import write_atomically
from grading.judging.arrival import PREFIX

SCHEMA = 1
MAX_MESSAGE = 4000
"""Characters of what is said about one test."""
MAX_FILE_NAME = 120
UNREADABLE = re.compile(r"(?:Syntax|Indentation|Tab)Error: (?P<reason>.+) \((?P<file>\w+\.py), line (?P<line>\d+)\)")
"""What a test says where Python could not read a file."""

State = Literal["graded", "graded_with_faults", "rejected_intake", "infra_error"]
"""Judged; judged, and the answer crashed, overran or lied to the judge; not taken in; the judge itself failed."""

Outcome = Literal["passed", "failed", "todo", "timeout", "crashed", "refused", "skipped", "missing"]
"""Only `passed` counts. `refused`: a reply that no honest worker sends; `missing`: no result came."""


class DamagedError(ValueError):
    """A file of results that is not as it was written."""


class PracticeError(DamagedError):
    """A result that was made without a sandbox, and so counts as none where grades are given."""


class _Struct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class TestResult(_Struct, frozen=True, kw_only=True):
    """One expected test."""

    __test__ = False  # for pytest: this is no class of tests

    id: str
    outcome: Outcome
    message: str = ""
    """What its author is told; no hidden inputs, no expected values."""


class ExerciseResult(_Struct, frozen=True, kw_only=True):
    """The tests of one exercise, in the order in which they are expected."""

    id: str
    points: float
    """In hundredths."""
    out_of: int
    tests: tuple[TestResult, ...]
    feedback: tuple[str, ...] = ()
    """Lines about the whole exercise: a known mistake, or why it is worth nothing although tests passed."""
    fault: str = ""
    """What the answer did that no honest answer does, or none could help: it crashed, overran its time, sent what is no reply."""


class StepResult(_Struct, frozen=True, kw_only=True):
    """One submission, judged on one step."""

    schema: int = SCHEMA
    name: str
    """Whose it is."""
    step: str
    """`step3`."""
    digest: str
    """Of the submission; empty if it was not taken in."""
    course: str = ""
    """Digest of what it was judged by: tests, limits, key. What another course judged is judged again."""
    state: State
    points: float | None
    """None where the judge itself failed: that is no 0."""
    practice: bool = False
    """Judged without a sandbox: the answer could have written this result itself, and no gradebook takes it."""
    out_of: int
    exercises: tuple[ExerciseResult, ...] = ()
    feedback: tuple[str, ...] = ()
    versions: dict[str, str] = msgspec.field(default_factory=dict)
    """Of Python, torch, …, for those who wonder about a difference."""

    def __post_init__(self) -> None:
        if (self.points is None) != (self.state == "infra_error"):
            raise ValueError(f"a result has points unless the judge failed; got state {self.state} and points {self.points}")


class Durations(_Struct, frozen=True, kw_only=True):
    """How long a submission took; never the same twice, and so kept apart."""

    name: str
    step: str
    digest: str
    seconds: float
    """From taking it in to its result."""
    exercises: dict[str, float] = msgspec.field(default_factory=dict)
    """Exercise -> seconds."""
    tests: dict[str, float] = msgspec.field(default_factory=dict)
    """Test -> seconds."""


# --- Points -------------------------------------------------------------------------------------------------------------------


def judge_exercise(
    exercise: str,
    points: int,
    expected: Sequence[str] | Mapping[str, int],
    outcomes: Mapping[str, TestResult],
    decisive: Collection[str],
    *,
    feedback: Sequence[str] = (),
    fault: str = "",
) -> ExerciseResult:
    """The points of one exercise: an equal part for each expected test, or parts by weight; full only if all pass.

    A test without an outcome is `missing`; an outcome of a test that is not expected counts for nothing. Tests in `decisive`
    (random input, checked where the answer cannot reach) count as they are. All others could be answered by heart, so they count
    by the share of decisive ones that passed: with 1 of 2, a public test earns half of its part, and with none nothing. So
    learning public tests by heart adds at most as much as real work on the decisive ones allows, and an honest answer that is
    right in part keeps that part. `decisive` and `outcomes` may name other tests, too.

    Raises:
        ValueError: no tests are expected, one is twice, none is decisive, a weight is below 1, an outcome is another test's.
    """
    weights = dict(expected) if isinstance(expected, Mapping) else dict.fromkeys(expected, 1)
    if not weights or len(weights) != len(expected) or min(weights.values()) < 1:
        raise ValueError(f"exercise {exercise} needs tests, each once and with a weight of at least 1, got {expected}")
    if not any(test in decisive for test in weights):
        raise ValueError(f"exercise {exercise} has no hidden test: one that checks random input on the trusted side")
    if wrong := [test for test, outcome in outcomes.items() if outcome.id != test]:
        raise ValueError(f"the outcome of {wrong[0]} is that of another test, {outcomes[wrong[0]].id}")
    tests = tuple(_told(outcomes.get(test, TestResult(id=test, outcome="missing"))) for test in weights)
    passed = {test.id for test in tests if test.outcome == "passed"}
    lines = [printable(line) for line in feedback]
    deciding = {test for test in weights if test in decisive}
    proven = Fraction(sum(weights[test] for test in deciding & passed), sum(weights[test] for test in deciding))
    others = sum(weights[test] for test in passed - deciding)
    share = (sum(weights[test] for test in deciding & passed) + proven * others) / Fraction(sum(weights.values()))
    if others and not deciding & passed:
        lines.append("no test on random input passed; without one, the others are worth nothing")
    elif others and proven < 1:
        count = f"{len(deciding & passed)} of {len(deciding)} tests on random input passed"
        lines.append(f"{count}; the others count in this proportion")
    return ExerciseResult(
        id=exercise,
        points=_hundredths(points, share),
        out_of=points,
        tests=tests,
        feedback=tuple(lines),
        fault=printable(fault),
    )


def _hundredths(points: int, share: Fraction) -> float:
    """The nearest hundredth; less than all never becomes all."""
    hundredths = round(100 * points * share)
    return min(hundredths, 100 * points - (share < 1 and points > 0)) / 100


def _told(test: TestResult) -> TestResult:
    return msgspec.structs.replace(test, message=printable(test.message))


def printable(text: str, limit: int = MAX_MESSAGE) -> str:
    """A text as a terminal may show it: line ends and tabs, and nothing else that moves a cursor or turns the writing.

    For a page, it must be escaped as well: `<` stays `<`.
    """
    cut = text if len(text) <= limit else f"{text[:limit]} …"
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in cut)


def common_reasons(exercises: Sequence[ExerciseResult]) -> tuple[str, ...]:
    """Why nothing of a module counts, where all its public tests fail with one message: it cannot be read, or not imported.

    One line each, whatever an answer says. Hidden tests have no message to compare: of an error they give the kind alone.
    """
    said: defaultdict[str, set[str]] = defaultdict(set)
    for test in (test for exercise in exercises for test in exercise.tests):
        said[test.id.partition("::")[0]].add(test.message if test.outcome == "failed" else "")
    lines = []
    for file, messages in said.items():
        message = printable(" ".join(messages.pop().split()), 300)
        if messages or ": " not in message:
            continue
        if found := UNREADABLE.fullmatch(message):
            place, reason = f"{found['file']}, line {found['line']}", f"Python cannot read this ({found['reason']})"
            lines.append(f"{place}: {reason}; nothing in the file counts")
        else:
            lines.append(f"{file.removeprefix('test_')}: every test fails alike: {message}")
    return tuple(dict.fromkeys(lines))


def graded(
    name: str,
    step: str,
    digest: str,
    exercises: Sequence[ExerciseResult],
    *,
    course: str = "",
    feedback: Sequence[str] = (),
    versions: Mapping[str, str] | None = None,
) -> StepResult:
    """The result of a submission that was judged."""
    return StepResult(
        name=name,
        step=step,
        digest=digest,
        course=course,
        state="graded_with_faults" if any(exercise.fault for exercise in exercises) else "graded",
        points=sum(round(100 * exercise.points) for exercise in exercises) / 100,
        out_of=sum(exercise.out_of for exercise in exercises),
        exercises=tuple(exercises),
        feedback=tuple(printable(line) for line in feedback),
        versions=dict(versions or {}),
    )


def with_notes(result: StepResult, notes: Sequence[str]) -> StepResult:
    """The result with these notes on how the answer arrived, in place of those that it had."""
    others = (line for line in result.feedback if not line.startswith(PREFIX))
    return msgspec.structs.replace(result, feedback=(*others, *(printable(note) for note in notes)))


def rejected(name: str, step: str, reason: str, out_of: int, *, course: str = "") -> StepResult:
    """The result of a submission that was not taken in: 0 points, and why."""
    lines = (printable(reason),)
    return StepResult(
        name=name, step=step, digest="", course=course, state="rejected_intake", points=0.0, out_of=out_of, feedback=lines
    )


def failed_judge(name: str, step: str, digest: str, reason: str, out_of: int, *, course: str = "") -> StepResult:
    """The result of a judge that failed: no points, not even 0; the submission is judged again."""
    lines = (printable(reason),)
    return StepResult(
        name=name, step=step, digest=digest, course=course, state="infra_error", points=None, out_of=out_of, feedback=lines
    )


# --- Files --------------------------------------------------------------------------------------------------------------------


def result_path(folder: Path, step: str, name: str) -> Path:
    """Where the result of a submission stands; any name of a student becomes that of one file, and no two the same."""
    quoted = urllib.parse.quote(name, safe=" ", errors="surrogateescape")
    quoted = re.sub(r"^[. ]|[. ]$", lambda found: f"%{ord(found[0]):02X}", quoted)
    if len(quoted) > MAX_FILE_NAME:
        digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
        quoted = f"{quoted[: MAX_FILE_NAME - 17]}~{digest[:16]}"
    return folder / step / f"{quoted}.json"


def durations_path(folder: Path, step: str, name: str) -> Path:
    """Where the durations of a submission stand."""
    return result_path(folder / "durations", step, name)


def to_bytes(result: StepResult, key: bytes = b"") -> bytes:
    """The result as it stands in its file, under a seal: with the key of a course nobody else can write it."""
    return _json({"seal": _seal(result, key), "result": result})


def _seal(result: StepResult, key: bytes) -> str:
    return hmac.new(key, msgspec.json.encode(result, order="deterministic"), hashlib.sha256).hexdigest()


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=1) + b"\n"


class _File(_Struct, frozen=True, kw_only=True):
    seal: str
    result: StepResult


def save(folder: Path, result: StepResult, durations: Durations | None = None, key: bytes = b"") -> Path:
    """Write a result, and beside it the durations; the result last, so that what is done has both.

    Raises:
        OSError: one could not be written; what was there before is untouched.
    """
    if durations is not None:
        write_atomically(durations_path(folder, result.step, result.name), _json(durations))
    return write_atomically(result_path(folder, result.step, result.name), to_bytes(result, key))


def load(path: Path, key: bytes = b"", *, practice: bool = False) -> StepResult:
    """A result from its file. `key` is that of `keys.seal_key`; `practice` also takes what no gradebook may take.

    Raises:
        FileNotFoundError: there is none.
        PracticeError: it was judged without a sandbox.
        DamagedError: it is not, to the last byte, what was written with this key.
    """
    data = path.read_bytes()
    try:
        result = msgspec.json.decode(data, type=_File, strict=True).result
        whole = hmac.compare_digest(to_bytes(result, key), data)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise DamagedError(f"{path} is no result ({error}); delete it, and judge again") from None
    if not whole:
        raise DamagedError(f"{path} is damaged, or was written by somebody else; delete it, and judge again")
    if result.practice and not practice:
        raise PracticeError(f"{path} was judged for practice, without a sandbox, and gives no grade; judge again in a sandbox")
    return result


def is_done(
    folder: Path, digest: str, *, step: str, name: str, course: str = "", key: bytes = b"", practice: bool = False
) -> bool:
    """Whether this very submission has been judged by this very course; a judge that failed has judged nothing."""
    try:
        result = load(result_path(folder, step, name), key, practice=practice)
    except (OSError, DamagedError):
        return False
    known = (result.schema, result.step, result.name, result.digest, result.course)
    return known == (SCHEMA, step, name, digest, course) and result.state != "infra_error"
