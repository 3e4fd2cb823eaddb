"""Text as people type it, made comparable; the original is kept by whoever asks.

clean      what cannot be stored or shown becomes U+FFFD
normalise  what segmentation and features see: half width, Simplified, no @mentions, no invisible characters
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

LONGEST = 100_000
"""Characters of a message that are still read; a longer one is an error."""

READ_AT_MOST = 2_000
"""Characters that decide what a message is: who writes more has said it by then."""

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]")
_MENTION = re.compile(r"@[^\s@,，。!?！？:：;；]{1,32}[\s\u2005]?")
_REPEATED = re.compile(r"([^\w\s])\1+")
_SPACES = re.compile(r"\s+")
_STRETCHED = re.compile(r"(\D)\1{3,}")
_HAN = re.compile("[\u3400-\u9fff]")


def clean(text: str) -> str:
    """The text with NUL, control characters and lone surrogates as U+FFFD; line breaks and tabs stay."""
    return _UNSTORABLE.sub("\ufffd", text)


def normalise(text: str) -> str:
    """The text as the pipeline reads it; at most `READ_AT_MOST` characters."""
    text = _INVISIBLE.sub("", text[: READ_AT_MOST * 2])
    text = unicodedata.normalize("NFKC", text)
    text = _MENTION.sub(" ", text)
    text = _REPEATED.sub(r"\1", text)
    text = _STRETCHED.sub(r"\1\1\1", text)
    text = _SPACES.sub(" ", text).strip()[:READ_AT_MOST]
    return simplified(text)


def simplified(text: str) -> str:
    """Traditional characters as Simplified ones (OpenCC's t2s)."""
    if not _HAN.search(text):
        return text
    converter, characters = _converter()
    return str(converter.convert(text)) if not characters.isdisjoint(text) else text


@lru_cache(maxsize=1)
def _converter() -> tuple[Any, frozenset[str]]:
    """OpenCC and the characters it would change: most messages hold none, and asking is a hundred times cheaper."""
    from opencc import OpenCC

    converter = OpenCC("t2s")
    every = [chr(code) for code in range(0x3400, 0xA000)]
    return converter, frozenset(c for c in every if converter.convert(c) != c)
