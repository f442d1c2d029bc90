"""What has become of an answer on its way: `submission.json` compared with what arrived. Notes, never points."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from grading.judging.names import shown
from grading.packing_list import NAME, from_bytes

PREFIX = f"{NAME}: "
"""Every note begins with it."""


def arrival_notes(data: bytes, contents: Mapping[str, bytes], wanted: Sequence[str], step: str, version: str) -> tuple[str, ...]:
    """What its author should know: files that were changed after packing, another step, another version of the course ("": any).

    Of the files it lists, only the wanted ones count; so there are few notes, whatever it says.
    """
    return tuple(f"{PREFIX}{note}" for note in _notes(data, contents, wanted, step, version))


def _notes(data: bytes, contents: Mapping[str, bytes], wanted: Sequence[str], step: str, version: str) -> Iterator[str]:
    listed = from_bytes(data)
    if listed is None:
        yield "cannot be read; the files were judged as they came"
        return
    if listed.step != step:
        yield f"packed as {_short(listed.step)}, and judged as {step}; was the right archive handed in?"
    if version and listed.course != version:
        packed = f"version {_short(listed.course)}" if listed.course else "an unknown version"
        yield (
            f"packed with {packed} of the course, and judged by version {version}; "
            "tests may have changed in between: workshop update takes over the newer exercises"
        )
    for file in wanted:
        content, digest = contents.get(file), listed.files.get(file)
        if content is None and digest is not None:
            yield f"{file} was packed, and did not arrive"
        elif content is not None and digest is None:
            yield f"{file} was put in after packing; it was judged as it came"
        elif content is not None and hashlib.sha256(content).hexdigest() != digest:
            yield f"{file} was changed after packing; it was judged as it came"


def _short(text: str) -> str:
    return shown(text[:40])
