"""What the classifiers see of messages: words, characters, cues and shape, one sparse row a message.

words        words and pairs of neighbours; a number is #               hashed, the row's length is 1
characters   n-grams of one to three with both ends, digits as 0        hashed, the row's length is 1
cues         how often a lexicon has a word in the text, pairs of them  a column each, not scaled by length
shape        marks, persons, particles, dates, length                   a column each, the row's length is SHAPE

Words and characters carry what training has seen; cues carry over to words that it has not, so a long letter must not
thin them out. All is done for a batch at once: a matrix a message is what costs time.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from nlu.cues import Joined, Lexicons, Numbers, lexicons

BUCKETS = 2**17
"""Columns for hashed words, and as many for hashed characters."""

CUE = 0.15
"""What one word of a lexicon weighs; a row of words or characters is 1 long."""

SHAPE = 0.5
"""The length of a row's shape."""

LEAST_RARE = 0.05
"""What is in every message still counts a little."""

Message = tuple[str, Sequence[str]]
"""A normalised text and its words."""


class Found(NamedTuple):
    """Features: the row of each, its column, and how much it counts there."""

    rows: Numbers
    columns: Numbers
    values: Numbers


def vectorise(messages: Sequence[Message]) -> csr_matrix:
    """One row a message."""
    texts = [text for text, _words in messages]
    joined = Joined(texts)
    blocks = [
        _hashed(*_words([words for _text, words in messages]), len(messages), 0),
        _hashed(*_characters(texts), len(messages), BUCKETS),
        *_cues(joined),
        _shape(joined),
    ]
    rows, columns, values = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    return _matrix(rows, columns, values.astype(np.float32), len(messages))


def _matrix(rows: Numbers, columns: Numbers, values: Numbers, count: int) -> csr_matrix:
    """As scipy would make it of coordinates, without looking for one that comes twice: there is none."""
    order = np.argsort(rows, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=count))])
    return csr_matrix((values[order], columns[order], starts), shape=(count, _width()))


def rarity(rows: csr_matrix, power: float) -> Numbers:
    """How much rarer than others each word and n-gram is in these rows, to the power; 1 for cues and shape.

    The inverse document frequency (Spärck Jones 1972), 1 on the average of what occurs.
    """
    often = np.bincount(rows.indices, minlength=rows.shape[1])[: 2 * BUCKETS]
    rare = np.log((1 + rows.shape[0]) / (1 + often))
    rare = np.maximum(rare / np.average(rare, weights=often), LEAST_RARE)
    return np.concatenate([rare**power, np.ones(rows.shape[1] - len(rare))])


# ------------------------------------------------------------------------------------------ words and characters

_ODD = tuple(np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xBF58476D1CE4E5B9))
"""Multipliers of the mixing below, those of splitmix64 and xxHash64 (public domain, BSD)."""


def _mixed(left: Numbers, right: Numbers) -> Numbers:
    """One well-mixed number for each pair of numbers."""
    mixed = (left.astype(np.uint64) + np.uint64(1)) * _ODD[0] ^ right.astype(np.uint64) * _ODD[1]
    mixed ^= mixed >> np.uint64(29)
    mixed *= _ODD[2]
    mixed ^= mixed >> np.uint64(32)
    return mixed


_KNOWN: dict[str, int] = {}
_KNOWN_AT_MOST = 200_000


def _number(word: str) -> int:
    number = _KNOWN.get(word)
    if number is None:
        if len(_KNOWN) >= _KNOWN_AT_MOST:
            _KNOWN.clear()
        number = _KNOWN[word] = zlib.crc32(b"#" if word.isdigit() else word.encode("utf-8", "replace"))
    return number


def _words(messages: Sequence[Sequence[str]]) -> tuple[Numbers, Numbers]:
    numbers = [[_number(word) for word in words if not word.isspace()] for words in messages]
    rows = np.repeat(np.arange(len(numbers)), [len(found) for found in numbers])
    single = np.array([number for found in numbers for number in found], dtype=np.uint64)
    neighbours = rows[1:] == rows[:-1]
    pairs = _mixed(single[:-1], single[1:])[neighbours]
    return np.concatenate([rows, rows[1:][neighbours]]), np.concatenate([_mixed(single, single), pairs])


_BEGIN, _END = "\x02", "\x03"
_SPACE = re.compile(r"\s+")
_ZERO, _NINE = ord("0"), ord("9")
_LONGEST_GRAM = 3


def _characters(texts: Sequence[str]) -> tuple[Numbers, Numbers]:
    dense = [f"{_BEGIN}{_SPACE.sub('', text)}{_END}" for text in texts]
    codes = np.frombuffer("".join(dense).encode("utf-32-le", "replace"), dtype=np.uint32)
    codes = np.where((codes >= _ZERO) & (codes <= _NINE), _ZERO, codes).astype(np.uint64)
    rows = np.repeat(np.arange(len(dense)), [len(text) for text in dense])
    grams = _mixed(codes, codes)
    found_rows, found = [rows], [grams]
    for longer in range(1, _LONGEST_GRAM):
        grams = _mixed(grams[:-1], codes[longer:])
        whole = rows[longer:] == rows[: len(rows) - longer]
        found_rows.append(rows[longer:][whole])
        found.append(grams[whole])
    return np.concatenate(found_rows), np.concatenate(found)


def _hashed(rows: Numbers, numbers: Numbers, count: int, first: int) -> Found:
    """Columns by hash; each row is one long, a feature that comes again counts by its logarithm."""
    keys, times = np.unique(rows * BUCKETS + (numbers % np.uint64(BUCKETS)).astype(np.int64), return_counts=True)
    rows, columns = keys // BUCKETS, keys % BUCKETS
    values = 1 + np.log(times)
    return Found(rows, first + columns, values / _lengths(rows, values, count)[rows])


def _lengths(rows: Numbers, values: Numbers, count: int) -> Numbers:
    lengths = np.sqrt(np.bincount(rows, weights=values**2, minlength=count))
    return np.where(lengths > 0, lengths, 1)


# ------------------------------------------------------------------------------------------ cues


def _cues(texts: Joined) -> list[Found]:
    acts, categories = lexicons()
    first = 2 * BUCKETS
    many = len(acts.names)
    said = _counted(acts, texts, first)
    about = _counted(categories, texts, first + many)
    return [said, about, _pairs(said, first, many, first + many + len(categories.names))]


def _counted(group: Lexicons, texts: Joined, first: int) -> Found:
    rows, numbers = group.find(texts)
    many = len(group.names)
    keys, times = np.unique(rows * many + numbers, return_counts=True)
    return Found(keys // many, first + keys % many, CUE * (1 + np.log(times)))


def _pairs(said: Found, start: int, many: int, first: int) -> Found:
    """Two cues in one text are a feature of their own: a fault and a demand, a fault and a joke."""
    rows, columns = [said.rows[:0]], [said.rows[:0]]
    numbers = said.columns - start
    for apart in range(1, many):
        same = said.rows[apart:] == said.rows[:-apart]
        if not same.any():
            break
        rows.append(said.rows[apart:][same])
        columns.append(first + numbers[:-apart][same] * many + numbers[apart:][same])
    found = np.concatenate(rows)
    return Found(found, np.concatenate(columns), np.full(len(found), CUE))


# ------------------------------------------------------------------------------------------ shape

_MARKS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\?", "!", "~", r"\.{3}|…", "[\U0001f300-\U0001faff\u2600-\u27bf]|\\[[^\\]\n]{1,4}\\]",
        r"\d", "[0-9]{1,2}[日号月年:]", "[a-zA-Z]{2,}", "https?:|www",
        "你(?!们|好)", "您", "我(?!们|家)", "我们|我家|咱", "本人|业主", "[他她]",
        "[哈嘿嘻呵]", "[啊呀呢吧嘛哦噢喔]",
    )
)  # fmt: skip
_LENGTHS = 12
"""Lengths are told apart by powers of two, the longest are alike."""


def _shape(texts: Joined) -> Found:
    has = np.zeros((texts.count, len(_MARKS) + _LENGTHS), dtype=bool)
    for number, mark in enumerate(_MARKS):
        where = [found.start() for found in mark.finditer(texts.text)]
        if where:
            has[texts.rows_at(where), number] = True
    sizes = np.minimum(_LENGTHS - 1, np.log2(texts.lengths).astype(np.int64))
    has[np.arange(texts.count), len(_MARKS) + sizes] = True
    rows, columns = np.nonzero(has)
    return Found(rows, _shape_start() + columns, SHAPE / np.sqrt(has.sum(axis=1))[rows])


def _shape_start() -> int:
    acts, categories = (len(group.names) for group in lexicons())
    return 2 * BUCKETS + acts + categories + acts * acts


def _width() -> int:
    return _shape_start() + len(_MARKS) + _LENGTHS
