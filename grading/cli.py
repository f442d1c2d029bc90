"""`workshop`, the only door: the intern's loop, and the commands of the reference, passed on to it in a process of their own.

No torch is imported here, so help and hints come at once, and a broken reference cannot break the tools around it.
"""

import argparse
import contextlib
import io
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Literal

COURSE_COMMANDS = {
    "next": "what to do next",
    "list": "all exercises, and where you stand",
    "status": "one line per step",
    "check": "run the tests of a step (3), of an exercise (3.2), or all",
    "watch": "test whatever you save, at once",
    "hint": "a hint for an exercise, one more each time",
    "solution": "the solution beside your answer, after a pass or all hints",
    "reset": "put an exercise back as it was handed out (a copy of yours is kept)",
    "submit": "pack a step for handing in, after saying what is not finished",
    "update": "take over a newer handout without losing your work",
    "doctor": "is everything installed that is needed?",
}
"""Name -> what it does, in one line."""

INSTRUCTOR_COMMANDS = {
    "judge": "points for answers that nobody trusts, in a sandbox (Linux)",
    "report": "one page about how a class did in a step",
    "export": "judged points for spreadsheets, Canvas, Moodle, Gradescope and JUnit",
    "compare": "what a new judgement changes, before anybody sees it",
}
"""Name -> what it does, in one line; not in a handout."""

REFERENCE_COMMANDS = {
    "demo": "train, evaluate and compare four models on real digits, and write a report (about two minutes)",
    "run": "the six steps in full, on any source of handwriting; --code exercises: on your own code",
    "models": "a table of all models: parameters, FLOPs, speed on this machine",
    "dataset": "make, check, clean and merge data sets: drawn, from pictures, or from the Hugging Face hub",
    "sheet": "a sheet to print and write on (PDF or PNG)",
    "scan": "photos of filled-in sheets become a data set",
    "draw": "a page to draw on: trained models read along, and drawings become a data set",
    "evaluate": "test a trained model on a data set",
    "predict": "let a trained model read pictures",
}
"""Name -> what it does, in one line; the reference's own parser has the same names (a test compares them)."""

ROOT = Path(__file__).parents[1]

PATIENCE = 10.0
"""Seconds after Ctrl-C until a child that is still at work is told of it by us."""


def usage() -> str:
    """The help text."""
    width = max(map(len, (*COURSE_COMMANDS, *REFERENCE_COMMANDS)))
    course, reference = (
        "\n".join(f"  {name:<{width}}  {text}" for name, text in commands.items())
        for commands in (COURSE_COMMANDS, REFERENCE_COMMANDS)
    )
    return (
        "usage: workshop COMMAND …\n\n"
        "Computer vision on handwriting, from a blank sheet to compared models.\n\n"
        f"the course:\n{course}\n\n"
        f"the workshop itself:\n{reference}\n\n"
        "`workshop COMMAND --help` says more. Start with: workshop next\n"
        f"For instructors: workshop {', '.join(INSTRUCTOR_COMMANDS)} (COMMAND --help says what for)\n"
        "For those who write the course: workshop dev --help\n"
    )


def main(arguments: list[str] | None = None) -> int:
    """Run a command; its exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # an alphabet without ✓ or ×, as of a pipe on Windows, shows a ? instead
            stream.reconfigure(errors="replace")
    if not arguments or arguments[0] in ("-h", "--help"):
        _end_quietly_without_reader()
        print(usage(), end="")
        return 0
    if arguments[0] == "--version":
        print(f"workshop {version('handwriting-workshop')}")
        return 0
    if arguments[0] == "dev":
        return dev(arguments[1:])
    if arguments[0] in COURSE_COMMANDS:
        return course(arguments)
    if arguments[0] == "judge":
        return judge(arguments[1:])
    if arguments[0] in INSTRUCTOR_COMMANDS:
        return classroom(arguments)
    if arguments[0] not in REFERENCE_COMMANDS:
        print(f"workshop: unknown command {arguments[0]!r}\n\n{usage()}", end="", file=sys.stderr)
        return 2
    if arguments[0] == "run" and any(text.partition("=")[0] == "--code" for text in arguments):
        return _run("grading.runtime.own_code", *arguments[1:])
    if not (ROOT / "handwriting_workshop" / "data_loader.py").is_file():
        print(
            f"workshop: this is a handout; workshop {arguments[0]} needs modules that you are going to write "
            "(on your own code, as far as it goes: workshop run --code exercises)",
            file=sys.stderr,
        )
        return 1
    if arguments[0] == "run" and {"-h", "--help"} & set(arguments):
        print("workshop run --code exercises: on your own code, as far as it goes; all else as below\n", flush=True)
    return _run("handwriting_workshop", *arguments)


def _run(module: str, *arguments: str) -> int:
    """Run a program of ours in a process of its own; its exit status."""
    process = subprocess.Popen([sys.executable, "-m", module, *arguments])
    patience = None
    with _passing_on(signal.SIGTERM, process):
        while True:
            try:
                status = process.wait(patience)
                break
            except KeyboardInterrupt:  # from a terminal the child gets it, too: it ends its files whole, and says what to do next
                patience = PATIENCE if sys.platform != "win32" else None
            except subprocess.TimeoutExpired:  # not from a terminal: only we were told
                process.send_signal(signal.SIGINT)
                patience = None
    if sys.platform != "win32" and status == -signal.SIGKILL:
        print("workshop: the system has ended it, probably for lack of memory", file=sys.stderr)
    return status if status >= 0 else 128 - status


@contextlib.contextmanager
def _passing_on(number: signal.Signals, process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Within, a signal that should end us ends a child: it must not go on alone."""
    if threading.current_thread() is not threading.main_thread():  # which alone may say what signals do
        yield
        return
    usual = signal.signal(number, lambda number, _frame: process.send_signal(number))
    try:
        yield
    finally:
        signal.signal(number, usual)


def _end_quietly_without_reader() -> None:
    """`workshop list | head` is no error."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def course_parser() -> argparse.ArgumentParser:
    """The commands of the intern's loop."""
    parser = argparse.ArgumentParser(prog="workshop", description="The intern's loop.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    parsers = {name: commands.add_parser(name, help=text, description=text) for name, text in COURSE_COMMANDS.items()}
    for name in ("check", "watch", "next", "list"):
        parsers[name].add_argument("what", nargs="?", metavar="STEP", help="a step (3) or an exercise (3.2); default: all")
    parsers["check"].add_argument("pytest", nargs=argparse.REMAINDER, metavar="…", help="passed on to pytest")
    parsers["hint"].add_argument("exercise", nargs="?", metavar="EXERCISE", help="such as 3.2 (default: what is next)")
    parsers["solution"].add_argument("exercise", metavar="EXERCISE", help="such as 3.2")
    parsers["solution"].add_argument("--anyway", action="store_true", help="also before a pass and before all hints")
    parsers["reset"].add_argument("exercise", metavar="EXERCISE", help="such as 3.2; or a whole file: step3/models")
    parsers["reset"].add_argument("--restore", action="store_true", help="take back what the last reset put aside")
    parsers["doctor"].add_argument("--judge", action="store_true", help="can answers be judged here? (for instructors; minutes)")
    parsers["submit"].add_argument("step", metavar="STEP", help="such as step3")
    parsers["submit"].add_argument("--anyway", action="store_true", help="although nothing was done in this step")
    parsers["update"].add_argument("handout", type=Path, help="the folder of the newer handout")
    return parser


def course(arguments: list[str]) -> int:
    """Run a command of the intern's loop; its exit status."""
    from grading.learning import commands
    from grading.learning.workspace import Workspace
    from grading.manifest import ManifestError

    options = course_parser().parse_args(arguments)
    if not getattr(options, "judge", False):  # which talks to boxes that end before it does
        _end_quietly_without_reader()
    try:
        workspace = Workspace.find()
        match options.command:
            case "next":
                return commands.print_next(workspace, options.what)
            case "list":
                return commands.print_list(workspace, options.what)
            case "status":
                return commands.print_status(workspace)
            case "check":
                return commands.check(workspace, options.what, options.pytest)
            case "watch":
                from grading.learning.watch import Watch

                return Watch(workspace, commands.chosen_exercises(workspace, options.what)).run()
            case "hint":
                return commands.hint(workspace, options.exercise)
            case "solution":
                return commands.solution(workspace, options.exercise, anyway=options.anyway)
            case "reset":
                return (commands.restore if options.restore else commands.reset)(workspace, options.exercise)
            case "submit":
                from grading.learning.submit import submit

                return submit(workspace, options.step, anyway=options.anyway)
            case "update":
                from grading.learning.update import update

                return update(workspace, options.handout)
            case _:
                return _probe_boxes() if options.judge else _run("grading.runtime.machine")
    except (commands.CommandError, OSError, ManifestError) as error:
        print(f"workshop: {error}", file=sys.stderr)
        return 1


def judge_parser() -> argparse.ArgumentParser:
    """The command of those who give points."""
    text = INSTRUCTOR_COMMANDS["judge"]
    parser = argparse.ArgumentParser(prog="workshop judge", description=f"{text[0].upper()}{text[1:]}.")
    parser.add_argument("step", metavar="STEP", help="such as step3")
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a file, a folder, an archive, or a folder of students"
    )
    parser.add_argument("--jobs", type=int, default=1, help="how many at a time (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="folder for the results (default: judged, with --practice judged/practice)")
    parser.add_argument("--json", metavar="OUT", help="write all results into one JSON file, too; - for the standard output")
    parser.add_argument("--fresh", action="store_true", help="start Python anew for each worker: slow, with the same results")
    parser.add_argument(
        "--key-file",
        type=Path,
        help="the course's secret, from which hidden inputs are drawn and results sealed "
        "(default: course.key in this folder, or else grading/course/course.key)",
    )
    parser.add_argument("--hidden", type=Path, metavar="DIR", help="private tests beside ours: DIR/step3/test_*.py")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="on a Dask cluster, such as tcp://host:8786 (extra: cluster)")
    parser.add_argument("--practice", action="store_true", help="without a sandbox, where none can be made; gives no grades")
    return parser


@contextlib.contextmanager
def _of_the_repository_alone(what: str) -> Iterator[None]:
    """Around imports of what a handout leaves out; another package that is missing is another matter.

    Raises:
        SystemExit: this is a handout; it has been said.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("grading"):
            raise
        print(f"workshop: this is a handout; {what} in the course's repository", file=sys.stderr)
        raise SystemExit(1) from None


def judge(arguments: list[str]) -> int:
    """Judge submissions; the exit status."""
    options = judge_parser().parse_args(arguments)
    with _of_the_repository_alone("answers are judged"):
        from grading.files import write_atomically
        from grading.judging.intake import passed_over
        from grading.judging.judge import Batch, as_json, as_line
        from grading.judging.keys import KEY_FILE, PUBLIC, key_here, read_key
        from grading.judging.probes import why_not
    from grading.manifest import load_course

    mode: Literal["fresh", "preforked"] = "fresh" if options.fresh else "preforked"
    if not options.practice and not options.scheduler and (reason := why_not(mode)) is not None:
        print(f"workshop: nothing was judged, for no box can be made: {reason}", file=sys.stderr)
        print("workshop: --practice judges without one: only answers that you trust, and no gradebook takes it", file=sys.stderr)
        return 1
    if options.practice:
        print("practice: no sandbox, so answers can do whatever you can; results are marked and give no grades", file=sys.stderr)
    out = options.out or Path("judged", *["practice"] * options.practice)
    told = sys.stderr if options.json == "-" else sys.stdout
    try:
        step = load_course().find_step(options.step)
        key_file = options.key_file or key_here()
        key = read_key(key_file)
        if key == PUBLIC:
            print(f"no secret: hidden inputs can be known, results are sealed by nobody ({KEY_FILE} makes both)", file=sys.stderr)
        judges = None
        if options.scheduler:
            from grading.classroom.cluster import Cluster

            judges = Cluster(scheduler=options.scheduler, key_file=key_file).judge
        batch = Batch(
            step=step,
            out=out,
            jobs=max(1, options.jobs),
            mode=mode,
            key=key,
            hidden=options.hidden,
            practice=options.practice,
            judges=judges,
        )
        results = batch.judge(options.paths, lambda result: print(as_line(result), flush=True, file=told))
        if others := [name for path in options.paths for name in passed_over(path, step.folder)]:
            print(f"passed over, for nothing but other steps was handed in: {', '.join(others)}", file=sys.stderr)
        if options.json == "-":
            sys.stdout.write(as_json(batch, results).decode())
        elif options.json:
            write_atomically(Path(options.json), as_json(batch, results))
    except (KeyError, ValueError, OSError) as error:
        print(f"workshop: {error.args[0] if isinstance(error, KeyError) else error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nstopped; what is judged lies in {out}, and the same command goes on", file=sys.stderr)
        return 130
    failed = sum(result.state == "infra_error" for result in results)
    print(
        f"{len(results)} judged, results in {out / step.folder}" + (f"; the judge failed for {failed}" if failed else ""),
        file=told,
    )
    return 1 if failed else 0


def classroom(arguments: list[str]) -> int:
    """Run a command of those who have a class; its exit status."""
    with _of_the_repository_alone("a class is looked after"):
        from grading.classroom.commands import run
    return run(arguments[0], arguments[1:])


def _probe_boxes() -> int:
    """Try all ways out of a box that we know; 1 if one of them is open, or no box can be made."""
    with _of_the_repository_alone("answers are judged"):
        from grading.judging.probes import probes, why_not
        from grading.judging.slots import BoxError, Slot
        from grading.judging.staging import Staging
    from grading.manifest import load_course

    if (reason := why_not()) is not None:
        print(f"BAD  no box can be made: {reason}")
        return 1
    answers = [module for step in load_course().steps for module in step.modules]
    open_ways = 0
    with Staging(ROOT, answers=answers) as staging, Slot(0, staging) as slot:
        try:
            tried = probes(slot, ROOT, "preforked")
        except BoxError as error:
            print(f"BAD  no box can be made: {error}")
            return 1
    for probe in tried:
        print(f"{'ok ' if probe.held else 'BAD'}  {probe.name}: {'held' if probe.held else probe.detail}")
        open_ways += not probe.held
    print("answers can be judged here" if not open_ways else f"{open_ways} ways out are open: judge nothing on this machine")
    return 1 if open_ways else 0


def dev_parser() -> argparse.ArgumentParser:
    """The commands of those who write the course."""
    parser = argparse.ArgumentParser(prog="workshop dev", description="For those who write the course.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    text = "Make the stubs and solutions from the reference and the manifest."
    generating = commands.add_parser("generate", help=text, description=text)
    generating.add_argument("--check", action="store_true", help="write nothing; show what is not up to date, with status 1")
    generating.add_argument("--force", action="store_true", help="write over edited stubs, too, and keep copies of them")
    text = "Prove that every wrong answer fails and every right one passes."
    commands.add_parser("mutants", help=text, add_help=False)
    text = "Make the folder that interns get: no solutions, no reference of what they are to write."
    handing_out = commands.add_parser("handout", help=text, description=text)
    handing_out.add_argument("out", type=Path, help="a folder that does not exist yet, or is empty")
    handing_out.add_argument("--self-study", action="store_true", help="with the solutions, for those who learn alone")
    return parser


def dev(arguments: list[str]) -> int:
    """Run a command of those who write the course; its exit status."""
    if arguments[:1] == ["mutants"]:
        return _run("grading.runtime.proof", *arguments[1:])
    options = dev_parser().parse_args(arguments)
    try:
        from grading.authoring.generate import GenerateError, differences, generate
        from grading.manifest import ManifestError, load_course
    except ModuleNotFoundError:
        print("workshop: this is a handout; the course is written in its repository", file=sys.stderr)
        return 1
    try:
        course = load_course()
        if options.command == "handout":
            from grading.authoring.handout import make_handout

            return make_handout(ROOT, course, options.out, self_study=options.self_study)
        if options.check:
            found = "".join(differences(ROOT, course))
            print(found + ("run: workshop dev generate" if found else "all generated files are up to date"))
            return 1 if found else 0
        written = generate(ROOT, course, force=options.force)
    except (GenerateError, ManifestError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    for verb, paths in (("written", written.changed), ("deleted", written.deleted), ("a copy lies in", written.backups)):
        for path in paths:
            print(f"{verb} {path}")
    if not written.changed and not written.deleted:
        print("all generated files are up to date")
    return 0
