"""Staff file for somebody who told them by phone or at the door (代报), and judge for him what he says (代评).

The requester is then a person without an account; who wrote it down is on record in the events and hears what he
would have heard.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.domain.belonging import TOLD
from desk.domain.model import Person, Ticket, TicketEvent
from desk.domain.words import EventKind, Purpose, Role, Standing
from desk.services.people import open_person
from desk.services.scene import Scene
from desk.storage.tables import ticket_events

TELLERS = frozenset({Role.STAFF, Role.OFFICER})
"""Those whom people ring up."""


def may_tell(scene: Scene) -> bool:
    """Whether the speaker may file for others here: names and phones are said among staff only."""
    among_staff = scene.row.direct or (scene.room is not None and scene.room.purpose is Purpose.STAFF)
    return bool(scene.roles & TELLERS) and among_staff


def requester_of(session: Session, scene: Scene) -> Person:
    """Whose matter the message is: the speaker's, or that of who told him."""
    told = scene.reading.get("told")
    if not told or not may_tell(scene):
        return scene.person
    return open_person(session, TOLD, f"t{scene.row.id}", str(told))


def as_told(session: Session, scene: Scene, ticket: Ticket) -> Scene:
    """The scene of what is said about a ticket filed for somebody else: where the speaker lives is of no matter."""
    return replace(scene, reading={**scene.reading, "told": True}) if is_told(session, ticket) else scene


def is_told(session: Session, ticket: Ticket) -> bool:
    """Whether the requester has no account of his own."""
    requester = session.get(Person, ticket.requester_id)
    return requester is not None and requester.channel == TOLD


def ear_of(session: Session, ticket: Ticket) -> Person | None:
    """Who hears what is for the requester: himself, or who filed it for him."""
    requester: Person | None = session.get(Person, ticket.requester_id)
    if requester is None or requester.channel != TOLD:
        return requester
    filed = select(TicketEvent).where(ticket_events.c.ticket_id == ticket.id, ticket_events.c.kind == EventKind.FILED)
    event: TicketEvent | None = session.scalars(filed.order_by(ticket_events.c.id)).first()
    teller: Person | None = session.get(Person, event.by_id) if event is not None and event.by_id else None
    return teller


def on_behalf(session: Session, scene: Scene, ticket: Ticket, own: frozenset[Standing]) -> frozenset[Standing]:
    """The standings with which staff hand on the judgement of somebody without an account; never on their own work."""
    wanted = bool(scene.reading.get("on_behalf")) and Role.STAFF in scene.roles and Standing.ASSIGNEE not in own
    return own | {Standing.REQUESTER} if wanted and is_told(session, ticket) else own
