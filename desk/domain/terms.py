"""The desk's periods, as one table."""

from __future__ import annotations

from datetime import timedelta

from desk.domain.words import Kind, Urgency

TERMS = {
    Urgency.EMERGENCY: timedelta(hours=2),
    Urgency.URGENT: timedelta(hours=24),
    Urgency.NORMAL: timedelta(days=7),
}
"""From filing (or reopening) to the promised time, by urgency."""

WITHOUT_TERM = frozenset({Kind.WISH, Kind.PRAISE})
"""A wish is a gift and praise is no task: neither has a deadline."""

NEEDS_PLACE = frozenset({Kind.SERVICE, Kind.COMPLAINT})
"""Somebody has to go there."""

PLACE_QUESTION = timedelta(minutes=30)
"""How long the sender's next place answers the question about it."""

RECENT = timedelta(minutes=30)
"""How long an unaddressed 我家也是 still means the room's newest ticket."""

BURST = timedelta(seconds=60)
"""How long the lines that one person types may be one matter."""

SAME_MATTER = timedelta(hours=2)
"""How long a second report of the same place and category joins the first."""

AUTO_CLOSE = timedelta(hours=72)
"""How long a resolved ticket waits for an answer before it closes by itself."""


def term(kind: Kind, urgency: Urgency) -> timedelta | None:
    """The term of a ticket, or None where it has none."""
    return None if kind in WITHOUT_TERM else TERMS[urgency]
