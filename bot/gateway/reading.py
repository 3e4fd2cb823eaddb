"""Puts together what is understood of a message: the pipeline's parse, the place in names and titles, the summary."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from bot.dialogue.contract import Parse
from bot.routing.grammar import Command, details_of
from desk.domain.words import Act
from nlu.location import read_place
from nlu.summary import summarise


def act_of(parse: Parse | None) -> tuple[Act, float]:
    """The act and its confidence; without a parse it is taken for chatter of confidence 0."""
    intent = (parse or {}).get("intent") or {}
    name = intent.get("name")
    known = name in {act.value for act in Act}
    return (Act(name), float(intent.get("confidence") or 0.0)) if known else (Act.CHITCHAT, 0.0)


def reading_of(
    text: str, parse: Parse | None, command: Command | None, *, sender: str, title: str | None, estates: Collection[str]
) -> dict[str, Any]:
    """The reading as the inbox keeps it and the desk takes it."""
    act, confidence = act_of(parse)
    matter = (parse or {}).get("matter") or {}
    known = frozenset(estates)
    return {
        "act": command.act.value if command else act.value,
        "confidence": 1.0 if command else confidence,
        "kind": matter.get("kind", "service"),
        "category": matter.get("category", "other"),
        "urgency": matter.get("urgency", "normal"),
        "place": read_place(text, known).place.as_dict(),
        "sender_place": read_place(sender, known).place.as_dict(),
        "room_place": read_place(title or "", known).place.as_dict(),
        "summary": summarise(text, [sender]),
        **(command.fields if command else details_of(act, text)),
    }
