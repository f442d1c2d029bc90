"""Names that are handed in: which are refused, and how one is shown. `RejectedError` is how all of intake says no."""

import re
import unicodedata

MAX_NAME = 255
"""Characters."""
DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that change the order in which a name is shown."""


class RejectedError(Exception):
    """Something that is not taken in; nothing of it is repaired."""

    def __init__(self, code: str, message: str, where: str = "") -> None:
        super().__init__(f"{shown(where)}: {message}" if where else message)
        self.code = code
        """One word: why."""
        self.message = message
        """What is wrong, and what to do."""
        self.where = shown(where)
        """The file or member, fit for a terminal."""


def shown(text: str) -> str:
    """A name as a terminal may show it: nothing that moves the cursor or turns the direction of writing."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:300])


def skeleton(name: str) -> str:
    """What a name looks like: equal for `Models.py`, full-width letters, and letters with invisible ones between them."""
    visible = "".join(character for character in name if unicodedata.category(character) != "Cf")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold())


def check_name(name: str, where: str) -> None:
    """Refuse a name that is shown as another, or that another system would take for another.

    Raises:
        RejectedError: control characters, turned writing, full-width letters, a backslash, or more than 255 characters.
    """
    if not name or len(name) > MAX_NAME:
        raise RejectedError("name", f"a name of {len(name)} characters", where)
    for character in name:
        if character == "\\":
            advice = "as some Windows programs pack folders; pack it with `workshop submit`, or without folders"
            raise RejectedError("name", f"a name with a backslash, {advice}", where)
        if unicodedata.category(character) in ("Cc", "Zl", "Zp") or DIRECTION.match(character):
            raise RejectedError("name", "a name with a control character or turned writing; rename it", where)
        wide = unicodedata.decomposition(character).startswith("<wide>")
        if wide and re.match(r"[\w./\\]", unicodedata.normalize("NFKC", character), re.ASCII):
            raise RejectedError("name", "a name with full-width letters; rename it", where)
