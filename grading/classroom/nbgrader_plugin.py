"""What `grading/course/nbgrader_config.py` calls: judged points in nbgrader, and pages on which no answer runs.

nbgrader makes its `Autograde` and its `GenerateFeedback` by name, in its commands and behind formgrader's buttons, and has no
setting for others; so `configure` puts ours (`autograding.py`, `feedback.py`) into those places. It also keeps one harmless
warning off the terminal, and lets nbgrader's two readers of timestamps survive one that is illegible: a single `timestamp.txt`
with a word in it ended the command, and formgrader's page for everybody. What being late costs is reckoned anew for feedback:
nbgrader does so in `autograde` alone, before there are marks by hand. Every object of nbgrader's that opens the gradebook gets
the same engine of SQLAlchemy, which knows by then how its statements are written: nbgrader opens it several times for each
student, and would make an engine each time. All else is nbgrader's own configuration.
"""

import functools
import os
import sys
import warnings
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import bleach
import nbgrader.api
from bleach.css_sanitizer import CSSSanitizer
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.apps import api, autogradeapp, generatefeedbackapp
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.exc import SAWarning

from grading.classroom.autograding import WorkshopAutograde
from grading.classroom.feedback import GetFeedback, WorkshopFeedback

TABLES = ("table", "tbody", "td", "tfoot", "th", "thead", "tr")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
TEXTS = ("br", "dd", "del", "div", "dl", "dt", "hr", "img", "p", "pre", "s", "span", "sub", "sup")
TAGS = {*bleach.ALLOWED_TAGS, *TABLES, *HEADINGS, *TEXTS}


def _of_picture(_tag: str, name: str, value: str) -> bool:
    """Pictures come with the notebook: one from elsewhere would tell its owner who looks, and when."""
    return name in ("alt", "width", "height") or (name == "src" and value.startswith("data:image/"))


ATTRIBUTES = {
    "*": ["class", "id", "title"],
    "a": ["href"],
    "img": _of_picture,
    "td": ["style"],
    "th": ["style"],
}
STYLES = CSSSanitizer(allowed_css_properties=["text-align"])
PROTOCOLS = ("http", "https", "mailto", "data")
"""`data` for pictures; browsers open no page from such a link."""

HARMLESS_WARNING = r"Object of type <Submitted\w+> not in session, add operation along '\w+\.submissions' will not proceed"
"""What SQLAlchemy says of nbgrader's own use of its database, which adds the object itself some lines later."""


def configure(config: Any, root: Path) -> None:
    """Set nbgrader up for a course whose root this is."""
    programs = str(Path(sys.executable).parent)  # nbgrader calls `alembic`, also where this environment is not activated
    if programs not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([programs, os.environ["PATH"]])
    config.CourseDirectory.root = str(root.resolve())
    warnings.filterwarnings("ignore", HARMLESS_WARNING, SAWarning, r"nbgrader\.api$")
    config.HTMLExporter.filters = {"markdown2html": harmless_markdown}
    config.GenerateFeedback.preprocessors = [AssignLatePenalties, GetFeedback, CSSHTMLHeaderPreprocessor]
    api.Autograde = autogradeapp.Autograde = WorkshopAutograde
    api.GenerateFeedback = generatefeedbackapp.GenerateFeedback = WorkshopFeedback
    gradebooks: Any = nbgrader.api
    if not hasattr(gradebooks.create_engine, "cache_info"):  # a configuration is read more than once
        gradebooks.create_engine = functools.cache(gradebooks.create_engine)
    for owner, name in ((CourseDirectory, "get_existing_timestamp"), (api.NbGraderAPI, "get_submitted_timestamp")):
        reader = getattr(owner, name)
        if not hasattr(reader, "__wrapped__"):
            setattr(owner, name, forgiving(reader))


def forgiving(reader: Callable[..., datetime | None]) -> Callable[..., datetime | None]:
    """A reader of timestamps that says None where there is none to be read."""

    @functools.wraps(reader)
    def read(*arguments: Any, **options: Any) -> datetime | None:
        try:
            return reader(*arguments, **options)
        except (AttributeError, ValueError, OverflowError, OSError):  # AttributeError: nbgrader calls a method that is not there
            return None

    return read


class Attachments(dict[str, dict[str, str]]):
    """The pictures of a cell, by name; of any other name an empty one. Without it nbconvert would make no page at all."""

    def __contains__(self, _name: object) -> bool:
        return True

    def __missing__(self, _name: str) -> dict[str, str]:
        return {"image/png": ""}


@pass_context
def harmless_markdown(context: Mapping[str, Any], source: str) -> str:
    """Markdown as HTML in which nothing runs; nbgrader's pages show a student's `<script>` to the one who grades, as it is."""
    exporter: Any = HTMLExporter
    cell = {"attachments": Attachments(context.get("cell", {}).get("attachments", {}))}
    html = exporter().markdown2html({"cell": cell, "resources": context.get("resources", {})}, source)
    return str(bleach.clean(html, tags=TAGS, attributes=ATTRIBUTES, protocols=PROTOCOLS, css_sanitizer=STYLES))
