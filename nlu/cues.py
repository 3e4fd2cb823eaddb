"""The lexicons: words of residents' talk, each list a cue, found in many texts in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from ahocorasick_rs import AhoCorasick, MatchKind

LEXICONS = Path(__file__).with_name("lexicons")

_BETWEEN = "\n"
"""Stands between texts; no entry holds it."""

Numbers = np.ndarray[Any, np.dtype[Any]]
"""One whole number a place."""


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

    def find(self, texts: Sequence[str]) -> tuple[Numbers, Numbers]:
        """What was found: numbers of texts, and beside them numbers of the lexicons in `names`."""
        starts = np.cumsum([0, *(len(text) + 1 for text in texts)])
        found = self._automaton.find_matches_as_indexes(_BETWEEN.join(texts))
        where = np.array([start for _entry, start, _end in found], dtype=np.int64)
        holders = [self._holders[entry] for entry, _start, _end in found]
        rows = np.repeat(np.searchsorted(starts, where, side="right") - 1, [len(held) for held in holders])
        return rows, np.array([number for held in holders for number in held], dtype=np.int64)


@lru_cache(maxsize=1)
def lexicons() -> tuple[Lexicons, Lexicons]:
    """The cues (what is done with words) and the categories (what it is about)."""
    groups = [sorted(LEXICONS.glob(pattern)) for pattern in ("cue_*.txt", "category_*.txt")]
    return Lexicons(groups[0]), Lexicons(groups[1])


def cues(text: str) -> list[str]:
    """The names of the lexicons that have an entry in one text, a name an entry found."""
    return [group.names[number] for group in lexicons() for number in group.find([text])[1]]
