"""A message taken back or changed after it was handled."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.domain.model import InboxMessage, Ticket
from desk.domain.place import Place
from desk.domain.replies import NOTHING, Effect
from desk.domain.words import OPEN_STATES, Act, EventKind, InboxState, MessageKind, Outcome, Urgency
from desk.services import corrections
from desk.services.notices import notices_of
from desk.services.people import supporters_of
from desk.services.places import locate
from desk.services.records import Record, hold
from desk.services.redacting import forget_joint, forget_line, forget_messages, forget_ticket
from desk.services.scene import Scene, find_said
from desk.storage.tables import inbox, tickets


def original_of(session: Session, row: InboxMessage) -> InboxMessage | None:
    """The message that an edit or a recall speaks of."""
    return find_said(session, row, row.target) if row.target else None


def _edits_of(session: Session, said: InboxMessage) -> list[InboxMessage]:
    """The later wordings of a message."""
    query = select(InboxMessage).where(
        inbox.c.channel == said.channel, inbox.c.scope == said.scope, inbox.c.target == said.message
    )
    return list(session.scalars(query.where(inbox.c.kind == MessageKind.EDITED)))


def _filed_by(session: Session, said: InboxMessage) -> Ticket | None:
    """The ticket that a message filed, at once or when it was changed."""
    rows = [said.id, *(edit.id for edit in _edits_of(session, said))]
    found: Ticket | None = session.scalars(select(Ticket).where(tickets.c.inbox_id.in_(rows))).first()
    return found


def do_recall(session: Session, row: InboxMessage, scene: Scene | None) -> Effect:
    """Takes a message back: its words go, and a ticket that only it supports is withdrawn."""
    said = original_of(session, row)
    if said is None:
        return NOTHING
    rows = [said, *_edits_of(session, said)]
    ticket = _filed_by(session, said)
    done = Effect.from_dict(said.effect).outcome if said.effect else Outcome.LEFT_ALONE
    if said.state in (InboxState.PENDING, InboxState.LEASED):
        said.state, said.outcome = InboxState.DONE, done
    forget_messages(session, rows)
    forget_joint(session, rows)
    forget_line(session, said)
    if ticket is None or scene is None:
        return NOTHING
    return _recall_ticket(session, scene, ticket)


def _recall_ticket(session: Session, scene: Scene, ticket: Ticket) -> Effect:
    hold(session, ticket)
    record = Record(session, ticket, scene.now, scene.person, scene.row.id)
    record.event(EventKind.RECALLED)
    forget_ticket(session, ticket)
    if ticket.state in OPEN_STATES and not supporters_of(session, ticket):
        worker = ticket.assignee_id
        record.withdraw()
        if worker is not None:
            notices_of(session, ticket, scene).member(worker, "withdrawn_notice")
    return Effect(Outcome.ACTED, (), ticket.id)


def do_edit(session: Session, scene: Scene) -> Effect | None:
    """Changes what a message said; None when it had filed nothing, so that the new words are read afresh."""
    said = original_of(session, scene.row)
    if said is None:
        return None
    said.text = scene.row.text
    ticket = _filed_by(session, said)
    if ticket is None:
        return None
    hold(session, ticket)
    location = locate(session, scene, Place.from_dict(scene.reading.get("place")))
    ticket.summary = scene.reading.get("summary", ticket.summary)
    ticket.detail = scene.row.text
    corrections.reword(session, ticket)
    notices = notices_of(session, ticket, scene)
    record = Record(session, ticket, scene.now, scene.person, scene.row.id)
    graver = _raise_urgency(scene, ticket, record)
    if location.place.is_located or not ticket.where.is_located:
        ticket.place, ticket.said_place = location.place.as_dict(), location.said.as_dict()
    record.event(EventKind.SUPPLEMENTED, text=ticket.summary, message=scene.row.message, edited=True)
    if ticket.urgency is Urgency.EMERGENCY and graver:
        notices.assignee("emergency_assigned")
        notices.staff("emergency_staff" if ticket.assignee_id else "unassigned")
    else:
        notices.assignee("supplemented", text=scene.row.text)
    return Effect(Outcome.SUPPLEMENT, (), ticket.id)


def _raise_urgency(scene: Scene, ticket: Ticket, record: Record) -> bool:
    """A graver wording makes a graver ticket with a new term; a milder one changes nothing."""
    heard = Urgency(scene.reading.get("urgency", ticket.urgency.value))
    if scene.reading.get("act") != Act.REPORT.value or heard.gravity <= ticket.urgency.gravity:
        return False
    ticket.urgency = heard
    record.start_term()
    return True
