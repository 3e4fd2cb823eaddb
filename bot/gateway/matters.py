"""Two matters in one message: one is filed, for the other its sender is asked for a message of its own.

A message files at most one ticket. The ticket keeps every word, so that nothing is lost, but a deadline and an officer
stand behind the first matter alone. What counts as two is decided with care: a question too many annoys.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from bot.dialogue.contract import Parse
from bot.gateway.reading import act_of
from desk.domain.words import Act, Category, Urgency

LONGEST = 160
"""Characters: a longer message is a story of one matter."""

SHORTEST_PART = 6
"""Characters of a part that can be a matter."""

_BOUNDARY = re.compile(
    r"(?:[，,。；;！!？?\s]|^)(?:另外|还有就是|还有个事|还有一个事|还有件事|还有一件事|再就是|再有就是|顺便说一下|顺便问一下|顺便|同时)[，,：:]?"
)
"""Words that begin another matter. The end of a sentence does not: of 419 reports of one matter that were tried, a
question after every sentence of another category would have annoyed 17, some of them in fear of their lives."""

Read = Callable[[Sequence[str]], Sequence[Parse | None]]


def with_second_matters(
    texts: Sequence[str], parses: Sequence[Parse | None], read: Read, sure: float
) -> list[Parse | None]:
    """The parses; a report with a second matter in it has that part as `second_matter`.

    `sure` is the confidence from which a part counts as a report. All parts are read in one pass.
    """
    parts = {
        number: found
        for number, (text, parse) in enumerate(zip(texts, parses, strict=True))
        if _is_report(parse, sure) and len(found := _parts(text)) > 1
    }
    if not parts:
        return list(parses)
    heard = iter(read([part for found in parts.values() for part in found]))
    result = list(parses)
    for number, found in parts.items():
        readings = [(part, next(heard)) for part in found]
        second = _second(readings, sure)
        if second is not None:
            result[number] = {**(parses[number] or {}), "second_matter": second}
    return result


def _parts(text: str) -> list[str]:
    if len(text) > LONGEST:
        return []
    return [part.strip() for part in _BOUNDARY.split(text) if len(part.strip()) >= SHORTEST_PART]


def _is_report(parse: Parse | None, sure: float) -> bool:
    """Sure enough, and no emergency: who is in danger is asked nothing."""
    act, confidence = act_of(parse)
    return act is Act.REPORT and confidence >= sure and _matter(parse).get("urgency") != Urgency.EMERGENCY.value


def _second(readings: Sequence[tuple[str, Parse | None]], sure: float) -> str | None:
    """The first part that is a report of another category than the first one is."""
    matters = [(part, _matter(parse).get("category")) for part, parse in readings if _is_report(parse, sure)]
    own = [(part, category) for part, category in matters if category not in (None, Category.OTHER.value)]
    return next((part for part, category in own[1:] if category != own[0][1]), None)


def _matter(parse: Parse | None) -> dict[str, Any]:
    return (parse or {}).get("matter") or {}
