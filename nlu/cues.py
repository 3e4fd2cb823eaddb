"""The lexicons: words of residents' talk, each list a cue, found in many texts in one pass."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from ahocorasick_rs import AhoCorasick, MatchKind

LEXICONS = Path(__file__).with_name("lexicons")

_BETWEEN = "\n"
"""Stands between texts; no entry holds it."""

_ROOM = re.compile(r"(?<!\d)(?:\d{4}|\d{6,})(?!\d)")
"""Numbers of doors and telephones: the 110 in 1104 calls nobody. (12345 has five digits.)"""

Numbers = np.ndarray[Any, np.dtype[Any]]
"""One whole number a place."""


class Joined:
    """Many texts as one, so that what is found in it once is found in all of them."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.text = _BETWEEN.join(texts)
        self.without_rooms = _ROOM.sub(lambda number: "0" * len(number[0]), self.text)
        self.count = len(texts)
        self.lengths = np.array([len(text) + 1 for text in texts], dtype=np.int64)
        self._ends = np.cumsum(self.lengths)

    def rows_at(self, places: Sequence[int]) -> Numbers:
        """Of each place in `text`, which of the texts it lies in."""
        return np.searchsorted(self._ends, np.array(places, dtype=np.int64), side="right")


def read_lexicon(path: Path) -> list[str]:
    """The entries of a lexicon: one a line, `#` begins a comment."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


class Lexicons:
    """One group of lexicons. The leftmost and longest entries count and do not overlap.

    着火了 is a fire and not 火了, 不满意 is not 满意.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        entries: dict[str, list[int]] = {}
        for number, path in enumerate(paths):
            for entry in read_lexicon(path):
                entries.setdefault(entry, []).append(number)
        self.names = tuple(path.stem for path in paths)
        self._holders = list(entries.values())
        self._automaton = AhoCorasick(list(entries), matchkind=MatchKind.LeftmostLongest)

    def find(self, texts: Joined) -> tuple[Numbers, Numbers]:
        """What was found: numbers of texts, and beside them numbers of the lexicons in `names`."""
        found = self._automaton.find_matches_as_indexes(texts.without_rooms)
        holders = [self._holders[entry] for entry, _start, _end in found]
        rows = np.repeat(texts.rows_at([start for _entry, start, _end in found]), [len(held) for held in holders])
        return rows, np.array([number for held in holders for number in held], dtype=np.int64)


@lru_cache(maxsize=1)
def lexicons() -> tuple[Lexicons, Lexicons]:
    """The cues (what is done with words) and the categories (what it is about)."""
    groups = [sorted(LEXICONS.glob(pattern)) for pattern in ("cue_*.txt", "category_*.txt")]
    return Lexicons(groups[0]), Lexicons(groups[1])
