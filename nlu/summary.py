"""A message in one line without name, phone, door number and whatever else is private (nlu/private).

summarise   what anybody may read of a matter, at a glance
mask        the same, longer: what the pipeline may learn from
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from nlu.private import HIDDEN, Span, find, hide
from nlu.private.people import SURNAMES, called
from nlu.text import clean

LONGEST = 120
"""Characters of a summary; a ledger's cell should be readable at a glance."""

LONGEST_MASKED = 300
"""Characters of masked words; by then a message has said what it wants."""

_MENTION = re.compile(r"[@＠][^\s@,，。]{1,32}\s?")
_SPACE = re.compile(r"\s+")
_NAME_PART = re.compile("[\u4e00-\u9fff]{2,4}")

READ_AT_MOST = 2_400
"""Characters that are looked at: twenty times a summary, so that what is hidden does not empty it."""


def summarise(text: str, names: Iterable[str] = ()) -> str:
    """The text without door numbers, phones, ids and names, on one line of at most `LONGEST` characters.

    Args:
        text: as written.
        names: display names; what of them is a name must not appear.
    """
    return _cut(_hidden(text, names), LONGEST)


def mask(text: str, names: Iterable[str] = (), people: Iterable[str] = ()) -> str:
    """As `summarise`, of at most `LONGEST_MASKED` characters; `people` are names for certain (a register's)."""
    return _cut(_hidden(text, names, people), LONGEST_MASKED)


def _cut(line: str, longest: int) -> str:
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _hidden(text: str, names: Iterable[str], people: Iterable[str] = ()) -> str:
    hidden = clean(text)[:READ_AT_MOST]
    certain = {name for name in people if len(name) > 1}
    for name in sorted(certain.union(*map(_parts, names)), key=len, reverse=True):
        hidden = hidden.replace(name, "")
    # Names once: where one was taken out, what stands before it (环卫工人罗师傅) would pass for the next.
    shown = _MENTION.sub(" ", hide(hidden, lambda said: find(said, doors=True), _instead, rounds=1))
    if shown != hidden:
        shown = hide(shown, lambda said: find(said, names=False, doors=True), _instead)
    return _SPACE.sub(" ", shown).strip(" ,，、；;")


def _instead(span: Span) -> str:
    """A name or a door leaves no trace: the sentence reads on without it."""
    return "" if span.kind in ("name", "door") else HIDDEN


def _parts(name: str) -> list[str]:
    """The parts of a display name that name somebody: of "3-2-501 李姐" the 李姐."""
    return [part for part in _NAME_PART.findall(name) if part[0] in SURNAMES or part[0] in "老小阿"]


def person_in(text: str) -> str | None:
    """The first person whom a text names, as it calls him (李大爷, 老王), or None."""
    return called(text[:READ_AT_MOST])
