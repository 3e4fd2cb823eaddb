"""Takes words out of what is kept: messages, what was made of them, what was told of them, the record of tickets.

Rows and events stay, so that every figure stays right; what somebody said in them goes.

    forget_messages   rows of the inbox, what their handling told others, their events
    forget_joint      the lines of joined messages that they caused
    forget_line       one line of several that were read as one
    forget_ticket     a ticket, and everything that was told of it
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from desk.domain.model import InboxMessage, OutboxMessage, Ticket, TicketEvent
from desk.domain.terms import BURST
from desk.domain.words import InboxState
from desk.services import corrections
from desk.services.files import forget_files
from desk.storage.tables import inbox, outbox, ticket_events, tickets

OF_TICKET = ("summary", "detail")
"""Facts that repeat a ticket's words."""

OF_MESSAGE = (*OF_TICKET, "text", "words", "second", "of")
"""Facts that repeat a message's words."""

DOOR = ("floor", "room")
"""Levels of a place that lead to a household."""

LISTS = ("list_open", "list_overdue", "list_mine", "digest")

JOINTS = ("joint_answers", "joint_news")
"""Several messages in one: each line with the facts, the key and the ticket of the message that it stands for."""

OVER = (InboxState.DONE, InboxState.FAILED)


def forget_messages(session: Session, rows: Iterable[InboxMessage], *, files: bool = True) -> None:
    """Takes the words of messages: their own, the notices that their handling caused, the events it recorded.

    Without `files` what came with them stays: it is the ticket's, and goes with it.
    """
    for row in rows:
        if files:
            forget_files(session, [row.id])
        _forget_row(session, row)
        for told in session.scalars(select(OutboxMessage).where(_caused_by(row))):
            told.facts = scrubbed(told.facts, OF_MESSAGE)
        for event in session.scalars(select(TicketEvent).where(ticket_events.c.inbox_id == row.id)):
            forget_event(session, event)


def _forget_row(session: Session, row: InboxMessage) -> None:
    row.text, row.attachments, row.reading = "", [], None
    # Whoever has the row in hand still needs to know what was decided; its words it does not need.
    row.effect = None if row.state in OVER or row.effect is None else _effect_without(row.effect, OF_MESSAGE, None)


def forget_joint(session: Session, rows: Iterable[InboxMessage]) -> None:
    """Takes the words of messages out of what was, or is to be, said of several at once."""
    since = {f"i{row.id}": row.received_at for row in rows}
    if since:
        _forget_lines(session, min(since.values()), lambda line: str(line.get("key")).split(":")[0] in since)


def _forget_lines(session: Session, since: datetime, ours: Callable[[dict[str, Any]], bool]) -> None:
    joint = select(OutboxMessage).where(outbox.c.template.in_(JOINTS), outbox.c.created_at >= since)
    for message in session.scalars(joint):
        lines = message.facts.get("lines") or []
        if any(ours(line) for line in lines):
            clean = [{**line, "facts": scrubbed(line["facts"], OF_MESSAGE)} if ours(line) else line for line in lines]
            message.facts = {**message.facts, "lines": clean}


def _caused_by(row: InboxMessage) -> Any:
    """The outbox rows in which a message's words may be: about its ticket, with a key that begins with its number."""
    return (outbox.c.ticket_id == row.ticket_id) & outbox.c.dedup_key.startswith(f"i{row.id}:")


def forget_event(session: Session, event: TicketEvent) -> None:
    """Takes the words, the files and the door out of an event; that it happened stays."""
    facts = scrubbed(event.facts, OF_MESSAGE)
    if facts.get("attachments"):
        facts["attachments"] = []
    event.facts = facts


def forget_ticket(session: Session, ticket: Ticket) -> None:
    """Takes a ticket's words and its door: from itself, its correction, and whatever was told of it."""
    ticket.summary, ticket.detail = "", ""
    ticket.place, ticket.said_place = _without_door(ticket.place), _without_door(ticket.said_place)
    corrections.erase_of_ticket(session, ticket)
    told = select(OutboxMessage).where(
        or_(
            outbox.c.ticket_id == ticket.id,
            outbox.c.template.in_(LISTS) & (outbox.c.created_at >= ticket.opened_at),
        )
    )
    for message in session.scalars(told):
        keys = OF_TICKET if message.ticket_id == ticket.id else ()
        message.facts = scrubbed(message.facts, keys, ticket.number)
    _forget_lines(session, ticket.opened_at, lambda line: line.get("ticket") == ticket.id)
    handled = select(InboxMessage).where(inbox.c.id >= ticket.inbox_id, inbox.c.effect.is_not(None))
    handled = handled.where(or_(inbox.c.ticket_id == ticket.id, inbox.c.ticket_id.is_(None)))
    for row in session.scalars(handled):
        keys = OF_TICKET if row.ticket_id == ticket.id else ()
        row.effect = _effect_without(row.effect or {}, keys, ticket.number)


def forget_line(session: Session, said: InboxMessage) -> None:
    """Takes a line out of the burst it was part of: out of the ticket, and out of how the last line was read."""
    later = select(InboxMessage).where(
        inbox.c.channel == said.channel, inbox.c.scope == said.scope, inbox.c.person_id == said.person_id,
        inbox.c.id > said.id, inbox.c.received_at <= said.received_at + 2 * BURST,
    )  # fmt: skip
    for last in session.scalars(later.order_by(inbox.c.id)):
        parts = (last.reading or {}).get("burst") or []
        if said.id not in parts:
            continue
        left = list(session.scalars(select(InboxMessage).where(inbox.c.id.in_(parts)).order_by(inbox.c.id)))
        for ticket in session.scalars(select(Ticket).where(tickets.c.inbox_id == last.id)):
            forget_ticket(session, ticket)
            ticket.detail = "，".join(row.text.strip() for row in [*left, last] if row.text.strip())
        _forget_part(session, last, said)


def _forget_part(session: Session, last: InboxMessage, said: InboxMessage) -> None:
    words = ("said", "summary", "masked", "second_matter")
    last.reading = {key: "" if key in words else value for key, value in (last.reading or {}).items()}
    last.effect = _effect_without(last.effect, OF_MESSAGE, None) if last.effect else None
    for told in session.scalars(select(OutboxMessage).where(_caused_by(last))):
        told.facts = scrubbed(told.facts, OF_MESSAGE)
    for event in session.scalars(select(TicketEvent).where(ticket_events.c.inbox_id == last.id)):
        if event.facts.get("message") in (said.message, last.message):
            forget_event(session, event)


def scrubbed(facts: dict[str, Any], keys: Sequence[str], number: int | None = None) -> dict[str, Any]:
    """Facts without the words under `keys`, the door beside them, and the summary of a listed ticket of that number."""
    clean: dict[str, Any] = {name: "" if name in keys and value else value for name, value in facts.items()}
    if keys and isinstance(clean.get("place"), dict):
        clean["place"] = _without_door(clean["place"])
    if number is not None and isinstance(clean.get("tickets"), list):
        clean["tickets"] = [_unlisted(one, number) for one in clean["tickets"]]
    return clean


def _unlisted(line: Any, number: int) -> Any:
    return {**line, "summary": ""} if isinstance(line, dict) and line.get("number") == number else line


def _effect_without(effect: dict[str, Any], keys: Sequence[str], number: int | None) -> dict[str, Any]:
    answers = [{**answer, "facts": scrubbed(answer["facts"], keys, number)} for answer in effect.get("answers", [])]
    return {**effect, "answers": answers}


def _without_door(place: dict[str, Any] | None) -> dict[str, Any]:
    return {level: None if level in DOOR else value for level, value in (place or {}).items()}
