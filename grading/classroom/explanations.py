"""What a judged exercise looks like in a grade cell: what fails, what to do about it, and the code that was judged.

What fails comes first, with what the first of it says; all else is folded. Everything that an answer may have said is escaped;
nothing of an answer is parsed or run, so its code is found by its layout.
"""

import re
import textwrap
from collections.abc import Iterator, Sequence
from html import escape

from grading.classroom.item_analysis import mark_of
from grading.judging.results import ExerciseResult, StepResult, TestResult, printable
from grading.learning.gaps import functions_with_gap
from grading.manifest import Exercise

MAX_CODE_LINES = 150
SIGNS = {"passed": "✓", "todo": "○", "skipped": "–", "missing": "–"}
"""Of an outcome; all others are ✗."""
WORDS = {
    "todo": "still open",
    "timeout": "took too long",
    "crashed": "ended Python",
    "refused": "sent what is no answer",
    "skipped": "did not run",
    "missing": "did not run",
}
STATES = {"full": "right", "part": "right in part", "wrong": "wrong", "untouched": "still open"}
"""Of an exercise."""
COLOURS = {"passed": "#1a7f37", "todo": "#9a6700"}
PRE = "line-height: 1.2; margin: 0.2em 0 0.4em 1.6em; padding: 0.3em 0.6em; background: #f6f8fa; border: 0; overflow-x: auto"
BLOCKS = frozenset("░▒▓█")
"""What pictures in messages are drawn with: they are scrolled, not wrapped."""
SUMMARY = "display: list-item; cursor: pointer"
JUDGE_FAILED = "The judge failed, not this answer. That is no 0: somebody has to judge again, or by hand."


def points_of(value: float | None, out_of: float) -> str:
    """`2.5 of 4 points`, or that there are none yet."""
    return f"no points yet, of {out_of:g}" if value is None else f"{value:g} of {out_of:g} point{'s' * (out_of != 1)}"


def title_of(test: TestResult) -> str:
    """A test's name as words. Hidden ones have none, for their names tell what they ask."""
    file, _, name = test.id.rpartition("::")
    if file.removesuffix(".py").endswith("_hidden"):
        return "a hidden test on random input"
    words, _, case = name.removeprefix("test_").partition("[")
    return printable(words.replace("_", " ") + (f" ({case.removesuffix(']')})" if case else ""), 200)


def reason_without_tests(result: StepResult, exercise: Exercise, missing: Sequence[str]) -> str:
    """Why an exercise has no tests that ran: it was not taken in, its file is missing, the judge failed; empty if it has."""
    if result.state == "infra_error":
        return JUDGE_FAILED
    if result.state == "rejected_intake":
        return "Nothing could be judged; the top of this page says why."
    return f"{exercise.module}.py was not handed in, so this could not be judged." if f"{exercise.module}.py" in missing else ""


def state_of(result: ExerciseResult | None, reason: str) -> str:
    """What an answer to an exercise is, in words."""
    return "not judged" if result is None or reason else STATES.get(mark_of(result), "not judged")


def _worth(exercise: Exercise, result: ExerciseResult | None, reason: str) -> str:
    """Points, in words; only a judge that failed leaves them open."""
    if not exercise.points:
        return "optional, no points"
    if result is not None:
        return points_of(result.points, result.out_of)
    return points_of(None if reason == JUDGE_FAILED else 0, exercise.points)


def as_html(exercise: Exercise, result: ExerciseResult | None, reason: str, code: str) -> str:
    """The explanation of one exercise as a piece of a page."""
    worth = _worth(exercise, result, reason)
    title = f"<b style='font-size: 115%'>{exercise.id} {escape(exercise.name)}: {worth}</b>, {state_of(result, reason)}"
    lines = [f"<div style='margin-bottom: 1.2em'>{title}"]
    if reason:
        lines.append(f"<div>{escape(printable(reason))}</div>")
    elif result is not None:
        lines += _failed(result)
        lines += [f"<div><b>{escape(word)}</b> {escape(line)}</div>" for word, line in advice(exercise, result)]
        lines += _others(result)
    if code:
        lines.append(_folded(f"The code that was judged ({exercise.module}.py)", _pre(code)))
    return "".join([*lines, "</div>"])


def as_text(exercise: Exercise, result: ExerciseResult | None, reason: str, code: str) -> str:
    """The same for a terminal, and for a viewer that shows no HTML."""
    lines = [f"{exercise.id} {exercise.name}: {_worth(exercise, result, reason)}"]
    if reason:
        lines.append(printable(reason))
    elif result is not None:
        for test in result.tests:
            lines.append(f"{SIGNS.get(test.outcome, '✗')} {title_of(test)}{_suffix(test)}")
            lines += [f"    {line}" for line in test.message.splitlines()]
        lines += [f"{word} {line}" for word, line in advice(exercise, result)]
    return "\n".join([*lines, *(["", code] if code else [])])


def advice(exercise: Exercise, result: ExerciseResult) -> Iterator[tuple[str, str]]:
    """(`Hint:`, what to try next): the hint of a mistake that was recognised, or else the exercise's first."""
    if result.fault:
        yield "Fault:", result.fault
    known = {printable(mistake.hint) for mistake in exercise.mistakes}
    yield from (("Hint:" if line in known else "Note:", line) for line in result.feedback)
    tried = any(test.outcome not in ("passed", "todo") for test in result.tests)
    if tried and known.isdisjoint(result.feedback) and exercise.hints:
        yield "Hint:", exercise.hints[0]


def _failed(result: ExerciseResult) -> Iterator[str]:
    """Each test that neither passed nor found the gap open, with what it says, unless another said so; the first is unfolded."""
    said: set[str] = set()
    for test in result.tests:
        if test.outcome in ("passed", "todo"):
            continue
        title, message = f"{_sign(test.outcome)} {escape(title_of(test))}{_suffix(test)}", printable(test.message)
        is_new = message.strip() and message not in said
        yield _folded(title, _pre(message), is_open=not said) if is_new else f"<div>{title}</div>"
        said |= {message} if is_new else set()


def _others(result: ExerciseResult) -> Iterator[str]:
    """The tests that passed, folded into one line, and how many found the gap open."""
    passed = [test for test in result.tests if test.outcome == "passed"]
    count = sum(test.outcome == "todo" for test in result.tests)
    if passed:
        lines = "".join(f"<div style='margin-left: 1.6em'>{escape(title_of(test))}</div>" for test in passed)
        yield _folded(f"{_sign('passed')} {_tests(len(passed))} passed", lines)
    if count:
        yield f"<div>{_sign('todo')} {_tests(count)} ({WORDS['todo']})</div>"


def _tests(count: int) -> str:
    return f"{count} test{'s' * (count != 1)}"


def _sign(outcome: str) -> str:
    return f"<span style='color: {COLOURS.get(outcome, '#cf222e')}'>{SIGNS.get(outcome, '✗')}</span>"


def _pre(text: str) -> str:
    return f"<pre style='{PRE}; white-space: {'pre' if BLOCKS & set(text) else 'pre-wrap'}'>{escape(text)}</pre>"


def _folded(title: str, inside: str, *, is_open: bool = False) -> str:
    """A line that opens; both are HTML."""
    return f"<details{' open' * is_open}><summary style='{SUMMARY}'>{title}</summary>{inside}</details>"


def _suffix(test: TestResult) -> str:
    return f" ({WORDS[test.outcome]})" if test.outcome in WORDS else ""


def gaps_of(exercise: Exercise, stub: str) -> tuple[str, ...]:
    """The functions with a gap of this exercise in the stub that was handed out (our own text): `SimpleCNN.forward`."""
    return tuple(functions_with_gap(stub, exercise.id)) or tuple(name.strip() for name in exercise.name.split(","))


def code_of(names: Sequence[str], text: str) -> str:
    """Some functions and classes as they were handed in; empty if they are not to be found."""
    found = [_block(text.splitlines(), name.split(".")) for name in names]
    lines = "\n\n".join(textwrap.dedent("\n".join(block)) for block in found if block).splitlines()
    if len(lines) > MAX_CODE_LINES:
        lines = [*lines[:MAX_CODE_LINES], f"… {len(lines) - MAX_CODE_LINES} more lines"]
    return printable("\n".join(lines), 20_000)


def _block(lines: list[str], names: list[str]) -> list[str]:
    """The lines of a function or class, decorators included; of a method, those inside of its class."""
    start, end = 0, len(lines)
    for name in names:
        begins = re.compile(rf"\s*(?:async\s+def|def|class)\s+{re.escape(name)}\b")
        start = next((place for place in range(start, end) if begins.match(lines[place])), -1)
        if start < 0:
            return []
        depth = _indent(lines[start])
        inside = range(start + 1, end)
        end = next((place for place in inside if _leaves(lines[place], depth)), end)
    while start > 0 and lines[start - 1].strip().startswith("@"):
        start -= 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return lines[start:end]


def _leaves(line: str, depth: int) -> bool:
    """Whether a line stands outside of a block; a bracket that closes its signature does not."""
    return bool(line.strip()) and _indent(line) <= depth and line.strip()[0] not in ")]}#"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
