"""`workshop`, the only door: commands of the reference are passed on to it in a process of their own.

No torch is imported here, so help comes at once, and a broken reference cannot break the tools around it.
"""

import argparse
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

REFERENCE_COMMANDS = {
    "demo": "train, evaluate and compare four models on real digits, and write a report (about two minutes)",
    "run": "the six steps in full, on any source of handwriting",
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


def usage() -> str:
    """The help text."""
    width = max(map(len, REFERENCE_COMMANDS))
    commands = "\n".join(f"  {name:<{width}}  {text}" for name, text in REFERENCE_COMMANDS.items())
    return (
        "usage: workshop COMMAND …\n\n"
        "Computer vision on handwriting, from a blank sheet to compared models.\n\n"
        f"{commands}\n\n"
        "`workshop COMMAND --help` says more. Start with: workshop demo\n"
        "For those who write the course: workshop dev --help\n"
    )


def main(arguments: list[str] | None = None) -> int:
    """Run a command; its exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments or arguments[0] in ("-h", "--help"):
        print(usage(), end="")
        return 0
    if arguments[0] == "--version":
        print(f"workshop {version('handwriting-workshop')}")
        return 0
    if arguments[0] == "dev":
        return dev(arguments[1:])
    if arguments[0] not in REFERENCE_COMMANDS:
        print(f"workshop: unknown command {arguments[0]!r}\n\n{usage()}", end="", file=sys.stderr)
        return 2
    return _run("handwriting_workshop", *arguments)


def _run(module: str, *arguments: str) -> int:
    """Run a program of ours in a process of its own; its exit status."""
    try:
        return subprocess.run([sys.executable, "-m", module, *arguments], check=False).returncode
    except KeyboardInterrupt:  # the child got it too, and has said what to do next
        return 130


def dev(arguments: list[str]) -> int:
    """The commands of those who write the course; their exit status."""
    from grading.authoring.generate import GenerateError, differences, generate
    from grading.manifest import ManifestError, load_course

    parser = argparse.ArgumentParser(prog="workshop dev", description="For those who write the course.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    text = "Make the stubs and solutions from the reference and the manifest."
    generating = commands.add_parser("generate", help=text, description=text)
    generating.add_argument("--check", action="store_true", help="write nothing; show what is not up to date, with status 1")
    generating.add_argument("--force", action="store_true", help="write over edited stubs, too, and keep copies of them")
    text = "Prove that every wrong answer fails and every right one passes."
    commands.add_parser("mutants", help=text, add_help=False)
    if arguments[:1] == ["mutants"]:
        return _run("grading.runtime.proof", *arguments[1:])
    options = parser.parse_args(arguments)
    try:
        course = load_course()
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
