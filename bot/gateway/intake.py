"""What arrives, made fit to be stored: one message that no database takes must not stop a channel for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from bot.gateway.transcript import FIRST_YEAR, LAST_YEAR, LONGEST_ID
from desk.services.mailroom import Arrival
from nlu.text import LONGEST, clean

MOST_ATTACHMENTS = 100


def storable(arrival: Arrival) -> Arrival | None:
    """The arrival, cleaned and cut to what fits; None when its ids cannot be stored, so that it has no name."""
    named = (arrival.channel[:33], arrival.room, arrival.message, arrival.user, arrival.target)
    if len(arrival.channel) > 32 or not arrival.message or any(_unfit(name) for name in named):
        return None
    return replace(
        arrival,
        text=clean(arrival.text[:LONGEST]),
        name=clean(arrival.name)[:LONGEST_ID],
        sent_at=_timed(arrival.sent_at),
        reply_to=None if _unfit(arrival.reply_to) else arrival.reply_to,
        reply_to_bot_about=None if _unfit(arrival.reply_to_bot_about) else arrival.reply_to_bot_about,
        topic=None if _unfit(arrival.topic) else arrival.topic,
        quoted=None if arrival.quoted is None else clean(arrival.quoted[:LONGEST]),
        attachments=tuple(_attachment(item) for item in arrival.attachments[:MOST_ATTACHMENTS]),
    )


def _unfit(name: str | None) -> bool:
    return name is not None and (len(name) > LONGEST_ID + 50 or clean(name) != name)


def _timed(at: datetime) -> datetime:
    known = at if at.tzinfo is not None else at.replace(tzinfo=timezone.utc)
    return known if FIRST_YEAR <= known.year <= LAST_YEAR else datetime.now(timezone.utc)


def _attachment(item: dict[str, Any]) -> dict[str, Any]:
    return {str(key): clean(value)[:2000] if isinstance(value, str) else value for key, value in item.items()}
