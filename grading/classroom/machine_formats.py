"""Results for other machines: Gradescope's `results.json`, one per student, and JUnit XML, which CI systems show."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

from grading.classroom.class_results import ClassResults, Judged, why
from grading.classroom.grades import Grades, Row
from grading.files import write_atomically
from grading.judging.results import result_path

NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# --- Gradescope ---------------------------------------------------------------------------------------------------------------


def gradescope(row: Row, grades: Grades) -> str:
    """A student's `results.json`: one test per question. Without a grade it has no score, and Gradescope shows a failure."""
    output = row.note or f"{row.state.replace('_', ' ')}"
    tests = [
        {
            "name": question.name,
            "number": str(place),
            "score": row.points[question.name],
            "max_score": question.out_of,
            "status": "passed"
            if row.points[question.name] == question.out_of and question.name not in row.unsolved
            else "failed",
            "output": row.outputs.get(question.name, ""),
            "output_format": "text",
            "visibility": "visible",
        }
        for place, question in enumerate(grades.questions, start=1)
        if row.points.get(question.name) is not None
    ]
    whole: dict[str, object] = {"output": output, "output_format": "text", "visibility": "visible", "stdout_visibility": "hidden"}
    if row.total is not None:
        whole |= {"score": row.total, "max_score": grades.out_of, "tests": tests}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def write_gradescope(folder: Path, grades: Grades) -> list[Path]:
    """`ann/results.json` for each student in a folder.

    Raises:
        OSError: one could not be written.
    """
    places = [(result_path(folder, "", row.student).with_suffix("") / "results.json", row) for row in grades.rows]
    return [write_atomically(path, gradescope(row, grades).encode("utf-8", "backslashreplace")) for path, row in places]


# --- JUnit --------------------------------------------------------------------------------------------------------------------


def junit(results: ClassResults) -> str:
    """JUnit XML: a suite per student, a case per test; one that was not judged has a case that says why."""
    root = ET.Element("testsuites", name=results.step)
    for student in results.students:
        suite = ET.SubElement(root, "testsuite", name=_xml(student.name))
        counts = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
        for kind in _cases(suite, student, results.step):
            counts["tests"] += 1
            if kind:
                counts[kind] += 1
        suite.attrib.update({name: str(count) for name, count in counts.items()})
        if student.durations is not None:
            suite.set("time", f"{student.durations.seconds:.3f}")
    ET.indent(root, " ")
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _cases(suite: ET.Element, student: Judged, step: str) -> list[str]:
    """Add a student's cases; of each, what it counts as besides a test."""
    if not student.was_judged:
        kind = "failures" if student.result.state == "rejected_intake" else "errors"
        case = ET.SubElement(suite, "testcase", classname=step, name=student.result.state)
        tag = {"failures": "failure", "errors": "error"}[kind]
        ET.SubElement(case, tag, type=student.result.state, message=_xml(why(student.result)))
        return [kind]
    kinds = []
    seconds = {} if student.durations is None else student.durations.tests
    for exercise in student.result.exercises:
        for test in exercise.tests:
            case = ET.SubElement(suite, "testcase", classname=exercise.id, name=_xml(test.id))
            if test.id in seconds:
                case.set("time", f"{seconds[test.id]:.3f}")
            if test.outcome != "passed":
                first, _, _ = test.message.partition("\n")
                ET.SubElement(case, "failure", type=test.outcome, message=_xml(first)).text = _xml(test.message)
            kinds.append("" if test.outcome == "passed" else "failures")
    return kinds


def _xml(text: str) -> str:
    """Without characters that XML cannot hold, not even escaped."""
    return NOT_IN_XML.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
