"""One matter in several messages: people type a place, a thing and what is wrong with it on three lines."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from desk.domain.model import InboxMessage, Ticket
from desk.domain.terms import BURST
from desk.domain.words import OPEN_STATES, Act, EventKind, InboxState, MessageKind, Outcome
from desk.services.files import described, want_files
from desk.services.records import Record
from desk.services.scene import Scene
from desk.storage.tables import inbox, tickets

LONGEST_FRAGMENT = 16
"""Characters of a line that may be a part of something; who writes more has said it."""

MOST_LINES = 5
"""Lines before the last one that are looked at."""


def fragments(session: Session, scene: Scene) -> list[InboxMessage]:
    """The speaker's short lines and photos of the last minute in this room that were left alone, oldest first."""
    row = scene.row
    here = {"channel": row.channel, "scope": row.scope, "person": row.person_id, "row": row.id}
    newest = session.execute(_BEFORE, here).all()
    fresh = [said for said, received_at in newest if received_at >= scene.now - BURST]
    if not fresh:
        return []
    lines = session.scalars(select(InboxMessage).where(inbox.c.id.in_(fresh)).order_by(inbox.c.id))
    return [said for said in lines if _is_fragment(said)]


_BEFORE = (  # asked of most messages: built once; no time in it, so that it mostly ends after a few rows
    select(inbox.c.id, inbox.c.received_at)
    .where(inbox.c.channel == bindparam("channel"), inbox.c.scope == bindparam("scope"))
    .where(inbox.c.person_id == bindparam("person"), inbox.c.id < bindparam("row"))
    .where(inbox.c.kind == MessageKind.SAID)
    .order_by(inbox.c.id.desc())
    .limit(MOST_LINES)
)


SMALL_TALK = 0.9
"""Confidence from which a line is talk by itself and no part of anything, unless it names a place."""


def _is_fragment(said: InboxMessage) -> bool:
    alone = said.state is InboxState.DONE and said.outcome is Outcome.LEFT_ALONE
    if not alone or said.reply_to is not None or said.ticket_id is not None or len(said.text) > LONGEST_FRAGMENT:
        return False
    reading = said.reading or {}
    talk = reading.get("act") in (Act.CHITCHAT.value, Act.ADVERT.value) and reading.get("confidence", 0) >= SMALL_TALK
    return not talk or any((reading.get("place") or {}).values())


def fresh_ticket(session: Session, scene: Scene) -> Ticket | None:
    """The open ticket that the speaker filed in this room within the last minute."""
    row = scene.row
    query = select(Ticket).where(
        tickets.c.requester_id == row.person_id,
        tickets.c.source_channel == row.channel,
        tickets.c.source_room == row.room,
        tickets.c.opened_at >= scene.now - BURST,
        tickets.c.state.in_(OPEN_STATES),
    )
    found: Ticket | None = session.scalars(query.order_by(tickets.c.id.desc())).first()
    return found


def adopt(session: Session, scene: Scene, ticket: Ticket) -> None:
    """Makes the earlier lines of a burst part of the ticket: replies to them mean it, their photos are kept with it."""
    ids = scene.reading.get("burst") or []
    record = Record(session, ticket, scene.now, scene.person, scene.row.id)
    for said in session.scalars(select(InboxMessage).where(inbox.c.id.in_(ids)).order_by(inbox.c.id)):
        said.ticket_id, said.outcome = ticket.id, Outcome.SUPPLEMENT
        want_files(session, said)
        if said.attachments:
            record.event(EventKind.SUPPLEMENTED, text="", message=said.message, attachments=described(said.attachments))
