"""Private words in Chinese talk: finds and hides them, however they are written. The one place that knows them.

    text ─ skeleton ─┬─ numbers    phones, identity numbers, bank cards: seven digits that are no price, no date
                     ├─ marks      plates, accounts, mail, passports, positions, passwords, dates of birth
                     ├─ people     names with a title, introduced, or beside a door
                     └─ illness    what somebody suffers from (illnesses.txt)

find     where, in the characters of the text as given
veil     the text without them; veiled once is veiled for good
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nlu.private import illness, marks, numbers, people
from nlu.private.skeleton import Span, skeleton_of

HIDDEN = "***"
"""Stands where something was."""

MOST_ROUNDS = 8
"""What is left of a text may be private once its neighbour is gone; two rounds are rarely needed."""

__all__ = ["HIDDEN", "Span", "find", "veil"]


def find(text: str, *, names: bool = True, doors: bool = False) -> list[Span]:
    """The private spans of a text, in order, none over another.

    Args:
        text: as written.
        names: also people by title or introduction, without a door.
        doors: also door numbers of nobody; else only those beside a name.
    """
    bones = skeleton_of(text)
    found = [*numbers.find(bones), *marks.find(bones), *illness.find(bones)]
    found += people.beside_doors(text)
    found += people.named(bones) if names else []
    found += people.doors(text) if doors else []
    return list(_apart(found))


def veil(text: str, *, names: bool = True) -> str:
    """The text with every private span as `HIDDEN`; door numbers stay unless a name stands beside them."""
    return hide(text, lambda said: find(said, names=names), lambda _span: HIDDEN)


def hide(
    text: str, search: Callable[[str], Iterable[Span]], instead: Callable[[Span], str], rounds: int = MOST_ROUNDS
) -> str:
    """The text with what is found replaced, until nothing more is found or `rounds` are over."""
    for _round in range(rounds):
        spans = [span for span in search(text) if span.end > span.start]
        if not spans:
            return text
        text = "".join(_pieces(text, spans, instead))
    return text


def _pieces(text: str, spans: list[Span], instead: Callable[[Span], str]) -> Iterable[str]:
    at = 0
    for span in spans:
        yield text[at : span.start]
        yield instead(span)
        at = span.end
    yield text[at:]


def _apart(found: list[Span]) -> Iterable[Span]:
    """Joins what overlaps; the first of them names the kind."""
    whole: Span | None = None
    for span in sorted(found):
        if whole is None or span.start >= whole.end:
            if whole is not None:
                yield whole
            whole = span
        elif span.end > whole.end:
            whole = whole._replace(end=span.end)
    if whole is not None:
        yield whole
