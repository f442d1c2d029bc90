"""Answers that look alike, as a hint for a human: never a verdict, and never points.

Only what a student wrote is compared: lines that the stub does not have, with comments, blanks and names taken away, so that
renaming hides nothing. Right answers to one task are alike: passages that the course's own solution has say nothing, and others
say the less the more students wrote them. What is left is compared by winnowing (Schleimer, Wilkerson, Aiken: Local Algorithms
for Document Fingerprinting, SIGMOD 2003) as copydetect does it; its own hashes differ from run to run, so ours are taken.
"""

import builtins
import difflib
import hashlib
import keyword
import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

GRAM = 20
"""Characters of simplified code in a passage; shorter ones are never compared."""
WINDOW = 4
"""Of so many passages that follow one another, one is kept: whatever two answers share over 23 characters is found."""
USUAL = 2 / 3
"""A passage that so large a share of a class wrote says nothing."""
SMALL = 5
"""Students of a class in which a passage says all if no more than three wrote it, and else nothing."""
SHOWN = 8
"""Words, and lines, that are shown of a pair."""
LEAST = 25
"""What two must share to be mentioned: so many passages that nobody else has, about four lines of code …"""
SHARE = 0.25
"""… and how many of the shorter answer's unusual ones that must be."""

WORD = re.compile(r"[^\W\d]\w{2,}")

Texts = Mapping[str, str]
"""Module's file -> its text."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two students whose answers share what few others have."""

    first: str
    second: str
    share: float
    """Of what is unusual in the answer of the one who has less of it, 0 to 1."""
    passages: int
    """That they share; those that others have as well count less."""
    words: tuple[str, ...]
    """Names and words of comments that only these two wrote, the longest first."""
    lines: tuple[tuple[str, str], ...]
    """Lines that agree and that few others have: of the first, of the second."""


def written(stub: str, answer: str) -> list[str]:
    """The lines of an answer that the stub does not have."""
    lines = answer.splitlines()
    given, own = ([line.strip() for line in text] for text in (stub.splitlines(), lines))
    matcher = difflib.SequenceMatcher(None, given, own, autojunk=False)
    return [line for tag, _, _, begin, end in matcher.get_opcodes() if tag in ("insert", "replace") for line in lines[begin:end]]


def fingerprints(lines: Sequence[str]) -> set[int]:
    """Passages of some lines of Python, whatever its names, comments and blanks."""
    import numpy as np
    from copydetect.utils import filter_code, winnow

    code, _ = filter_code("\n".join(lines), "answer.py", "python")
    if len(code) < GRAM:
        return set()
    hashes = [_hash(code[start : start + GRAM]) for start in range(len(code) - GRAM + 1)]
    kept, _ = winnow(np.array(hashes, dtype=np.int64), min(WINDOW, len(hashes)))
    return {int(value) for value in kept}


def _hash(text: str) -> int:
    """The same in every run, and exact as a float, which copydetect makes of it."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=6).digest(), "big")


def similar_answers(stub: Texts, solution: Texts, answers: Mapping[str, Texts]) -> list[Pair]:
    """Pairs of students (name -> files) whose answers to a step are unusually alike; who shares most comes first.

    Raises:
        ModuleNotFoundError: copydetect is missing.
    """
    own = {name: _lines(stub, files) for name, files in answers.items()}
    prints = {name: fingerprints(lines) for name, lines in own.items()}
    given = fingerprints(_all_lines(stub)) | fingerprints(_lines(stub, solution))
    names = sorted(prints)
    shared = _shared([prints[name] - given for name in names])
    words = _words_by_owners(own, [*_all_lines(stub), *_all_lines(solution)])
    pairs = [
        Pair(
            first=first,
            second=second,
            share=count / least,
            passages=round(count),
            words=tuple(words.get((first, second), ())[:SHOWN]),
            lines=_agreeing(own[first], own[second], [*_all_lines(stub), *_all_lines(solution)]),
        )
        for (place, first), (other, second) in combinations(enumerate(names), 2)
        if (count := float(shared[place, other])) >= LEAST
        and count >= SHARE * (least := float(min(shared[place, place], shared[other, other])))
    ]
    return sorted(pairs, key=lambda pair: (-pair.passages, -pair.share, pair.first, pair.second))


def _shared(prints: Sequence[set[int]]) -> Any:
    """What each two have in common, (n, n), each passage as much as it counts; beside themselves: all that they have."""
    import numpy as np
    from scipy.sparse import csr_array

    columns = {value: place for place, value in enumerate(sorted(set().union(*prints)))}
    if not columns:
        return np.zeros((len(prints), len(prints)))
    places = [(row, columns[value]) for row, values in enumerate(prints) for value in values]
    rows, values = np.array(sorted(places)).T
    counts = np.bincount(values, minlength=len(columns))
    weights = np.array([rarity(int(count), len(prints)) for count in counts])
    shape = (len(prints), len(columns))
    has, counted = (csr_array((data, (rows, values)), shape=shape) for data in (np.ones(len(rows)), weights[values]))
    return (counted @ has.T).toarray()


def rarity(owners: int, students: int) -> float:
    """What a passage counts that so many of a class wrote: 1 if two did, and the less the more did, as logarithms go."""
    if students <= SMALL:
        return float(owners <= 3)
    return max(0.0, math.log(USUAL * students / owners)) / math.log(USUAL * students / 2)


def _lines(stub: Texts, files: Texts) -> list[str]:
    """What a student wrote, in all files of a step."""
    return [line for name, text in sorted(files.items()) for line in written(stub.get(name, ""), text)]


def _all_lines(files: Texts) -> list[str]:
    return [line for _, text in sorted(files.items()) for line in text.splitlines()]


def _words_by_owners(own: Mapping[str, Sequence[str]], given: Sequence[str]) -> dict[tuple[str, ...], list[str]]:
    """The students who use a word that is not given -> these words."""
    known = {*WORD.findall(" ".join(given)), *keyword.kwlist, *dir(builtins)}
    owners: dict[str, list[str]] = defaultdict(list)
    for name in sorted(own):
        for word in set(WORD.findall(" ".join(own[name]))) - known:
            owners[word].append(name)
    words: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for word in sorted(owners, key=lambda word: (-len(word), word)):
        words[tuple(owners[word])].append(word)
    return words


def _agreeing(first: Sequence[str], second: Sequence[str], given: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Lines that are the same but for names, comments and blanks, and that are not given."""
    usual = {_simplified(line) for line in given}
    theirs = {_simplified(line): line.strip() for line in reversed(second)}
    pairs = [(line.strip(), theirs[code]) for line in first if (code := _simplified(line)) in theirs and code not in usual]
    return tuple(pair for pair in dict.fromkeys(pairs) if len(pair[0]) > SHOWN)[:SHOWN]


def _simplified(line: str) -> str:
    from copydetect.utils import filter_code

    code, _ = filter_code(line, "answer.py", "python")
    return str(code)
