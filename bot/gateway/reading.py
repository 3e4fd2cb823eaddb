"""Puts together what is understood of a message: the pipeline's parse, the place in names and titles, the summary."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any

from bot.dialogue.contract import Parse
from bot.routing.grammar import Command, details_of
from desk.domain.words import Act
from nlu.location import Place, read_place
from nlu.summary import mask, summarise


def act_of(parse: Parse | None) -> tuple[Act, float]:
    """The act and its confidence; without a parse it is taken for chatter of confidence 0."""
    intent = (parse or {}).get("intent") or {}
    name = intent.get("name")
    known = name in {act.value for act in Act}
    return (Act(name), float(intent.get("confidence") or 0.0)) if known else (Act.CHITCHAT, 0.0)


@lru_cache(maxsize=4096)
def _place_of_name(name: str, known: frozenset[str]) -> Place:
    """The place in a sender's name or a room's title: the same few names come again with every message."""
    return read_place(name, known).place


def reading_of(
    text: str,
    parse: Parse | None,
    *,
    sender: str,
    title: str | None,
    estates: Collection[str],
    people: Callable[[], Collection[str]],
) -> dict[str, Any]:
    """The reading as the inbox keeps it and the desk takes it; `people` are those of the register, asked if needed."""
    act, confidence = act_of(parse)
    # Only a report can become a ticket, and only a ticket's words can be corrected.
    masked = {"masked": mask(text, [sender], people())} if act is Act.REPORT else {}
    matter = (parse or {}).get("matter") or {}
    known = frozenset(estates)
    return {
        "act": act.value,
        "confidence": confidence,
        "kind": matter.get("kind", "service"),
        "category": matter.get("category", "other"),
        "urgency": matter.get("urgency", "normal"),
        "place": read_place(text, known).place.as_dict(),
        "sender_place": _place_of_name(sender, known).as_dict(),
        "room_place": _place_of_name(title or "", known).as_dict(),
        "summary": summarise(text, [sender]),
        "second_matter": summarise((parse or {}).get("second_matter") or "", [sender]),
        **masked,
        **details_of(act, text),
    }


def commanded(reading: dict[str, Any], command: Command) -> dict[str, Any]:
    """The reading of a message that is an exact command: what it says is certain."""
    kept = {key: value for key, value in reading.items() if key != "number"}
    return {**kept, "act": command.act.value, "confidence": 1.0, "exact": True, **command.fields}
