"""The commands of those who have a class, each a function that prints and gives an exit status: report, export, compare."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from grading.authoring.generate import REFERENCE
from grading.authoring.stubs import make_solution, make_stub
from grading.classroom.class_results import ClassResults, NoResultsError, folder_of, load_class, other_points, steps_in
from grading.classroom.comparison import as_table, as_text, compare
from grading.classroom.grades import (
    FEW,
    ClassListError,
    grades_of,
    per_question_csv,
    platform_csv,
    read_class_list,
    tell_left_out,
)
from grading.classroom.machine_formats import junit, write_gradescope
from grading.classroom.similarity import Pair, Texts, similar_answers
from grading.files import write_atomically
from grading.judging.intake import RejectedError, find_submissions, take_in
from grading.judging.keys import key_here, read_key, seal_key
from grading.judging.names import shown
from grading.manifest import Course, ManifestError, Step, load_course

ROOT = Path(__file__).parents[2]
FORMATS = {
    "csv": "one row per student, a column per exercise",
    "canvas": "a CSV file for Canvas's gradebook",
    "moodle": "a CSV file for Moodle's grades",
    "gradescope": "a folder with results.json for each student",
    "junit": "JUnit XML, a suite per student",
}
KEY_HELP = (
    "the course's secret, with which results are sealed (default: course.key in this folder, or else grading/course/course.key)"
)
RESULTS_HELP = "the folder of results, as `workshop judge --out` made it (default: %(default)s)"
Parser = argparse.ArgumentParser


class WrongUseError(Exception):
    """A command that cannot be carried out; the text says what to do instead."""


def run(command: str, arguments: Sequence[str]) -> int:
    """Run a command by its name; its exit status."""
    build, work = COMMANDS[command]
    options = build().parse_args(arguments)
    try:
        return work(options)
    except (WrongUseError, NoResultsError, ClassListError, ManifestError, OSError) as error:
        print(f"workshop: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("workshop: stopped", file=sys.stderr)
        return 130


def _step(course: Course, name: str) -> Step:
    """A step by its name.

    Raises:
        WrongUseError: there is none.
    """
    try:
        return course.find_step(name)
    except KeyError as error:
        raise WrongUseError(error.args[0]) from None


def _load(folder: Path, step: str, options: argparse.Namespace) -> ClassResults:
    """The results of a step; what is odd about them is told of.

    Raises:
        NoResultsError: there are none.
        WrongUseError: the file with the course's secret is empty.
        OSError: it cannot be read.
    """
    try:
        key = seal_key(read_key(options.key_file or key_here()))
    except ValueError as error:
        raise WrongUseError(str(error)) from None
    results = load_class(folder, step, key)
    for warning in results.warnings:
        print(f"workshop: {warning}", file=sys.stderr)
    return results


def _load_for(step: Step, options: argparse.Namespace) -> ClassResults:
    """The results of a step, if its exercises count now what they counted then. Raises as `_load`.

    Raises:
        WrongUseError: points or exercises have changed.
    """
    results = _load(options.results, step.folder, options)
    if changed := other_points(results, step):
        told = f"{', '.join(changed[:FEW])}{', …' * (len(changed) > FEW)}"
        raise WrongUseError(
            f"the points have changed since these results were judged ({told}); "
            f"judge the class again (workshop judge {step.folder} …), and look at the difference (workshop compare)"
        )
    return results


# --- report -------------------------------------------------------------------------------------------------------------------


def report_parser() -> Parser:
    """The options of `workshop report`."""
    parser = Parser(prog="workshop report", description="One HTML page about how a class did in a step.")
    parser.add_argument("step", metavar="STEP", help="such as step3")
    parser.add_argument("--results", type=Path, default=Path("judged"), metavar="DIR", help=RESULTS_HELP)
    parser.add_argument("--out", type=Path, default=Path("report.html"), help="the page (default: %(default)s)")
    parser.add_argument(
        "--submissions",
        type=Path,
        nargs="+",
        metavar="PATH",
        help="what was handed in: then answers are compared with one another",
    )
    parser.add_argument("--key-file", type=Path, help=KEY_HELP)
    return parser


def report(options: argparse.Namespace) -> int:
    """Write the page.

    Raises:
        WrongUseError: there is no such step, or its points have changed since.
        NoResultsError: there are no results of it.
        OSError: the page could not be written.
    """
    from grading.classroom.class_report import render

    course = load_course()
    step = _step(course, options.step)
    results = _load_for(step, options)
    pairs, not_compared = _pairs(course, step, results, options.submissions)
    if gone := _without_submission(step, results, options.submissions):
        names, paths = f"{', '.join(gone[:FEW])}{', …' * (len(gone) > FEW)}", ", ".join(map(str, options.submissions))
        print(
            f"workshop: nothing of {names} is in {paths}: the results are from before; delete them in "
            f"{folder_of(options.results, step.folder) / step.folder} if nobody has this id any more",
            file=sys.stderr,
        )
    write_atomically(options.out, render(results, step, pairs, not_compared=not_compared).encode("utf-8", "backslashreplace"))
    print(f"{options.out}: {len(results.students)} students; open it in a browser")
    return 0


def _without_submission(step: Step, results: ClassResults, paths: Sequence[Path] | None) -> list[str]:
    """Who has a result and nothing that was handed in: a student who left, or who has another id now and counts twice."""
    wanted = [f"{module}.py" for module in step.modules]
    there = {name for path in paths or () for name, _ in find_submissions(path, wanted, folder=step.folder)}
    return [shown(student.name) for student in results.students if paths and student.name not in there]


def _pairs(course: Course, step: Step, results: ClassResults, paths: Sequence[Path] | None) -> tuple[list[Pair], str]:
    """Answers that are much alike; or why they were not compared."""
    if not paths:
        return [], "Not compared: name the folder of what was handed in with --submissions."
    wanted = [f"{module}.py" for module in step.modules]
    judged = {student.name: student.result.digest for student in results.students}
    answers: dict[str, Texts] = {}
    found = [pair for path in paths for pair in find_submissions(path, wanted, folder=step.folder)]
    for name, path in found:
        try:
            submission = take_in(path, wanted, folder=step.folder, name=name)
        except RejectedError:
            continue  # the results tell of it
        if judged.get(name) == submission.digest:
            answers[name] = submission.files
    if len(answers) < 2:
        return [], f"Not compared: fewer than two of the judged answers were found in {', '.join(map(str, paths))}."
    sources = {f"{module}.py": (ROOT / REFERENCE / f"{module}.py").read_text(encoding="utf-8") for module in step.modules}
    goals = {exercise.id: exercise.goal for exercise in course.exercises()}
    stub = {name: make_stub(text, goals) for name, text in sources.items()}
    solution = {name: make_solution(text) for name, text in sources.items()}
    try:
        return similar_answers(stub, solution, answers), ""
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "copydetect":
            raise
        return [], 'Not compared: copydetect is not installed. Run: pip install "handwriting-workshop[class]"'


# --- export -------------------------------------------------------------------------------------------------------------------


def export_parser() -> Parser:
    """The options of `workshop export`."""
    parser = Parser(
        prog="workshop export",
        description="Judged points for other systems.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="formats:\n" + "\n".join(f"  {name:<11} {text}" for name, text in FORMATS.items()),
    )
    parser.add_argument("step", metavar="STEP", help="such as step3")
    parser.add_argument("format", metavar="FORMAT", choices=FORMATS, help=" | ".join(FORMATS))
    parser.add_argument("--results", type=Path, default=Path("judged"), metavar="DIR", help=RESULTS_HELP)
    parser.add_argument("--out", type=Path, required=True, metavar="PATH", help="the file; for gradescope, the folder")
    parser.add_argument(
        "--class-list", type=Path, metavar="CSV", help="the students as Canvas or Moodle exports them: their own numbers go back"
    )
    parser.add_argument("--key-file", type=Path, help=KEY_HELP)
    return parser


def export(options: argparse.Namespace) -> int:
    """Write the file or folder; 1 if a student is not in the class list.

    Raises:
        WrongUseError: there is no such step, or its points have changed since.
        NoResultsError: there are no results of it.
        ClassListError: the list cannot be used.
        OSError: it could not be written.
    """
    step = _step(load_course(), options.step)
    results = _load_for(step, options)
    grades = grades_of(results, step)
    unknown: list[str] = []
    if options.format == "gradescope":
        write_gradescope(options.out, grades)
    else:
        if options.format == "csv":
            text = per_question_csv([grades])
        elif options.format == "junit":
            text = junit(results)
        else:
            listed = read_class_list(options.class_list) if options.class_list else ""
            text, unknown = platform_csv(options.format, [grades], listed)
        write_atomically(options.out, text.encode("utf-8", "backslashreplace"))
    without = sum(row.total is None for row in grades.rows)
    print(
        f"{options.out}: {len(grades.rows) - len(unknown)} students" + (f", {without} of them without points" if without else "")
    )
    if options.class_list and (told := tell_left_out(unknown, options.class_list, options.out)):
        print(f"workshop: {told}", file=sys.stderr)
    return 1 if unknown else 0


# --- compare ------------------------------------------------------------------------------------------------------------------


def compare_parser() -> Parser:
    """The options of `workshop compare`."""
    parser = Parser(prog="workshop compare", description="What a new judgement changes, before anybody sees it.")
    parser.add_argument("old", type=Path, metavar="OLD", help="a folder of results")
    parser.add_argument("new", type=Path, metavar="NEW", help="another, of the same class")
    parser.add_argument("--step", help="such as step3 (default: all that both have)")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write all students into a file, too")
    parser.add_argument("--key-file", type=Path, help=KEY_HELP)
    return parser


def compare_results(options: argparse.Namespace) -> int:
    """Print the difference.

    Raises:
        WrongUseError: the folders have no step in common.
        NoResultsError: there are no results of the step.
        OSError: the CSV file could not be written.
    """
    named = [options.step if options.step.startswith("step") else f"step{options.step}"] if options.step else []
    steps = named or [step for step in steps_in(options.old) if step in steps_in(options.new)]
    if not steps:
        raise WrongUseError(
            f"{options.old} and {options.new} have no step in common; give the folders that hold step3/ and so on"
        )
    tables = []
    for step in steps:
        changes = compare(_load(options.old, step, options), _load(options.new, step, options))
        print(as_text(step, changes), end="" if step == steps[-1] else "\n")
        tables.append(as_table(step, changes))
    if options.csv:
        rows = [tables[0], *(table.partition("\n")[2] for table in tables[1:])]
        write_atomically(options.csv, "".join(rows).encode("utf-8", "backslashreplace"))
    return 0


COMMANDS: dict[str, tuple[Callable[[], Parser], Callable[[argparse.Namespace], int]]] = {
    "report": (report_parser, report),
    "export": (export_parser, export),
    "compare": (compare_parser, compare_results),
}
"""Name -> its parser, and what it does."""
