"""What the classifiers see of a message: words, characters and the cues of the lexicons, hashed.

words        w:电梯, pairs b:电梯_坏
characters   n-grams of one to three, digits as 0, with ^ and $ at the ends
cues         L:cue_fault for every lexicon that has a word in the text, pairs of cues, categories C:elevator
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import HashingVectorizer

LEXICONS = Path(__file__).with_name("lexicons")

BUCKETS = 2**17
"""Columns of the hashed features; collisions cost nothing measurable at this size."""

LONGEST_ENTRY = 8

Token = tuple[str, str]
"""A message as (normalised text, its words joined by tabs)."""


def read_lexicon(path: Path) -> list[str]:
    """The entries of a lexicon: one a line, `#` begins a comment."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


@lru_cache(maxsize=1)
def lexicons() -> tuple[dict[str, tuple[str, ...]], ...]:
    """The entries of the cues and those of the categories, each with the names of the lexicons that hold it."""
    groups: dict[str, dict[str, tuple[str, ...]]] = {"cue": {}, "category": {}}
    for path in sorted(LEXICONS.glob("*.txt")):
        entries = groups[path.stem.split("_")[0]]
        for entry in read_lexicon(path):
            entries[entry] = (*entries.get(entry, ()), path.stem)
    return tuple(groups.values())


def cues(text: str) -> list[str]:
    """The lexicons that have an entry in the text, a name an entry found.

    In each group the leftmost and longest entries count and do not overlap: 着火了 is a fire and not 火了,
    不满意 is not 满意.
    """
    return [name for entries in lexicons() for name in _longest(text, entries)]


def _longest(text: str, entries: dict[str, tuple[str, ...]]) -> list[str]:
    found: list[str] = []
    start = 0
    while start < len(text):
        ends = range(min(len(text), start + LONGEST_ENTRY), start, -1)
        end = next((e for e in ends if text[start:e] in entries), None)
        if end is None:
            start += 1
        else:
            found.extend(entries[text[start:end]])
            start = end
    return found


def features(text: str, words: Sequence[str]) -> list[str]:
    """The features of one normalised text and its words."""
    shown = ["#" if word.isdigit() else word for word in words if not word.isspace()]
    found = ["w:" + word for word in shown]
    found += [f"b:{left}_{right}" for left, right in pairwise(shown)]
    found += _characters(text)
    found += _cue_features(cues(text))
    found.append(f"len:{min(6, len(text).bit_length())}")
    return found


def _characters(text: str) -> list[str]:
    dense = "^" + "".join("0" if c.isdigit() else c for c in text if not c.isspace()) + "$"
    return [dense[i : i + n] for n in (1, 2, 3) for i in range(len(dense) - n + 1)]


def _cue_features(found: Sequence[str]) -> list[str]:
    names = sorted(set(found))
    strong = [f"L:{name}" for name in found]
    acts = [name for name in names if name.startswith("cue_")]
    pairs = [f"P:{left}+{right}" for i, left in enumerate(acts) for right in acts[i + 1 :]]
    general = ["A:category"] if len(acts) < len(names) else ["A:no_category"]
    return strong * CUE_WEIGHT + pairs + general


CUE_WEIGHT = 3
"""A cue stands for many words that training never saw, so it counts as several features."""


def vectorise(messages: Iterable[tuple[str, Sequence[str]]]) -> csr_matrix:
    """One row a message; all rows in one matrix, because a matrix a message is what costs time."""
    hashed = HashingVectorizer(
        analyzer=lambda message: features(*message),
        n_features=BUCKETS,
        norm="l2",
        alternate_sign=False,
        dtype=np.float32,
    )
    return hashed.transform(messages)
