"""A text as a reader sees it, for patterns: one width, one script, one kind of digit, nothing unseen.

１３８, ①③⑧, 1️⃣3️⃣8️⃣, 𝟏𝟑𝟖, ١٣٨ → 138 in `plain`; 一三八, 壹叁捌 too in `digits`; l38 and 1З8 only in `guessed`. Each of the
three has a character for each that is seen, so that a place in one is a place in all.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

_UNSEEN = re.compile(
    "[\u00ad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
_RANGES = ((0x80, 0x3400), (0xA620, 0xAC00), (0xFF00, 0x10000), (0x10400, 0x1FC00))
"""Where Unicode keeps digits, but for those of Chinese."""

_SHAPES = (
    *range(0x2000, 0x2200),
    *range(0x2460, 0x2500),
    *range(0xFF00, 0x10000),
    *range(0x1D400, 0x1D7CE),
    *range(0x1F110, 0x1F190),
)
"""Letters and signs of other widths and fashions."""


class Span(NamedTuple):
    """Where something private stands, and of what kind it is."""

    start: int
    end: int
    kind: str


def _folding() -> dict[int, str]:
    table = {code: chr(code - 32) for code in range(ord("a"), ord("z") + 1)}
    for code in _SHAPES:
        plain = unicodedata.normalize("NFKC", chr(code)).strip("()").upper()
        if len(plain) == 1 and plain.isascii():
            table[code] = plain
    for low, high in _RANGES:
        digits = ((code, unicodedata.digit(chr(code), None)) for code in range(low, high))
        table |= {code: str(digit) for code, digit in digits if digit is not None}
    return table


_FOLD = _folding() | str.maketrans(
    "—–‐‑−﹣～。：（）【】\u3000\u00a0\u2005\t張陳吳楊趙孫鄭馮衛蔣韓許呂嚴華蘇魯韋馬龐黃蕭賀羅畢齊餘顧歐陽劉葉鍾盧鄧賈鄒龍寧聶譚"
    "爺師嬸媽證號碼電話機車護殘鬱壓腫癱癇愛糖醫臟腦",
    "------~.:()()    张陈吴杨赵孙郑冯卫蒋韩许吕严华苏鲁韦马庞黄萧贺罗毕齐余顾欧阳刘叶钟卢邓贾邹龙宁聂谭"
    "爷师婶妈证号码电话机车护残郁压肿瘫痫爱糖医脏脑",
)
_NUMERALS = {
    ord(char): str(value)
    for value, chars in enumerate(
        ("零〇○", "一壹幺", "二贰貳", "三叁參", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")
    )
    for char in chars
}
_GUESSES = str.maketrans("O\u041e\u043e\u039f\u03bfIL\u0406|\u0417洞拐勾两", "00000111130792")


@dataclass(frozen=True)
class Skeleton:
    """The text folded. `places` is where each character stands in the text; None: nothing was taken out."""

    plain: str
    places: list[int] | None
    length: int

    @cached_property
    def digits(self) -> str:
        """Chinese digits as digits too."""
        return self.plain.translate(_NUMERALS)

    @cached_property
    def guessed(self) -> str:
        """Letters and words that are read as digits too; only a whole number of a known shape is believed here."""
        return self.digits.translate(_GUESSES)

    def span(self, start: int, end: int, kind: str) -> Span:
        """A span of the skeleton as one of the text, with what is unseen behind it."""
        if self.places is None:
            return Span(start, end, kind)
        return Span(self.places[start], self.places[end] if end < len(self.places) else self.length, kind)


def skeleton_of(text: str) -> Skeleton:
    """Folds a text, in time linear in its length."""
    if not _UNSEEN.search(text):
        return Skeleton(text.translate(_FOLD), None, len(text))
    places = [place for place, char in enumerate(text) if not _UNSEEN.match(char)]
    return Skeleton("".join(text[place] for place in places).translate(_FOLD), places, len(text))
