"""Files a report: a new ticket with the right officer, or one more voice to a ticket that is open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from desk.domain.model import Community, Grid, Person, Question, Ticket
from desk.domain.place import Place, same_place
from desk.domain.replies import Answer, Effect
from desk.domain.terms import BURST, NEEDS_PLACE, PLACE_QUESTION, SAME_MATTER
from desk.domain.words import OPEN_STATES, Category, EventKind, Kind, Outcome, State, Urgency
from desk.services.bursts import adopt
from desk.services.notices import notices_of, ticket_facts
from desk.services.people import same_person
from desk.services.places import Location, locate
from desk.services.records import Record, hold
from desk.services.scene import Scene
from desk.services.telling import as_told, requester_of
from desk.storage.tables import communities, questions, tickets

PRIVATE_MATTERS = frozenset({Category.HOUSING_REPAIR, Category.DISPUTE, Category.ELDER_CARE, Category.HEALTH})
"""Two households of one building have two of these, not one."""

_RECEIPTS = {Kind.WISH: "receipt_wish", Kind.PRAISE: "receipt_praise"}

_ASSIGNED_RECEIPTS = {Kind.CONSULT: "receipt_consult", Kind.SUGGEST: "receipt_suggest"}
"""Where an officer has it who will answer rather than come."""


def do_report(session: Session, scene: Scene) -> Effect:
    """Files the matter of the scene's message, or joins it to the open ticket of the same matter."""
    location = locate(session, scene, Place.from_dict(scene.reading.get("place")))
    twin = _twin(session, scene, location)
    if twin is not None:
        adopt(session, scene, twin)
        return _join(session, scene, twin)
    ticket = _file(session, scene, location)
    adopt(session, scene, ticket)
    ask = _ask_place(session, scene, ticket, location)
    _hand_out(session, scene, ticket, asked=ask is not None)
    return Effect(Outcome.FILED, (_receipt(session, ticket, ask, scene.reading.get("second_matter")),), ticket.id)


def _twin(session: Session, scene: Scene, location: Location) -> Ticket | None:
    """The open ticket of the same place and category in this room; an emergency joins nothing but another one."""
    if scene.room is None or Kind(scene.reading["kind"]) not in NEEDS_PLACE:
        return None
    query = select(Ticket).where(
        tickets.c.room_id == scene.room.id,
        tickets.c.category == scene.reading["category"],
        tickets.c.kind.in_(NEEDS_PLACE),
        tickets.c.state.in_(OPEN_STATES),
        tickets.c.opened_at >= scene.now - SAME_MATTER,
    )
    found: list[Ticket] = list(session.scalars(query.order_by(tickets.c.id.desc())))
    return next((t for t in found if _as_grave(t, scene) and _is_same(t, location)), None)


def _as_grave(ticket: Ticket, scene: Scene) -> bool:
    """People trapped in a lift are never a footnote to a lift that squeaks; two tones about a broken lift are one."""
    return Urgency(scene.reading["urgency"]) is not Urgency.EMERGENCY or ticket.urgency is Urgency.EMERGENCY


def _is_same(ticket: Ticket, location: Location) -> bool:
    return same_place(
        ticket.where,
        location.place,
        one_said=Place.from_dict(ticket.said_place),
        other_said=location.said,
        private=ticket.category in PRIVATE_MATTERS,
    )


def _join(session: Session, scene: Scene, ticket: Ticket) -> Effect:
    hold(session, ticket)
    record = Record(session, ticket, scene.now, scene.person, scene.row.id)
    facts = {"text": scene.reading.get("summary", ""), "message": scene.row.message}
    joined = record.add_supporter(requester_of(session, scene), **facts)
    if not joined:
        record.event(EventKind.SUPPLEMENTED, **facts)
    if Urgency(scene.reading["urgency"]).gravity > ticket.urgency.gravity:
        _aggravate(session, scene, ticket)
    elif not joined:
        notices_of(session, ticket, scene).assignee("supplemented", text=scene.said)
    if not joined and ticket.opened_at >= scene.now - BURST:
        return Effect(Outcome.SUPPLEMENT, (), ticket.id)  # the same breath: one receipt is enough
    answer = Answer("joined" if joined else "joined_own", ticket_facts(session, ticket))
    return Effect(Outcome.SUPPLEMENT, (answer,), ticket.id)


def _aggravate(session: Session, scene: Scene, ticket: Ticket) -> None:
    """The matter is as urgent as the gravest that is said of it; who works on it hears the words."""
    record, before = Record(session, ticket, scene.now, None, scene.row.id), ticket.urgency
    record.aggravate(Urgency(scene.reading["urgency"]))
    record.event(EventKind.CORRECTED, before={"urgency": before.value}, after={"urgency": ticket.urgency.value})
    notices_of(session, ticket, scene).assignee("urgency_heard", text=scene.said)


def next_number(session: Session, community: Community) -> int:
    """The next number of a community's series; two that ask at once get two (the row is locked)."""
    session.execute(
        update(communities)
        .where(communities.c.id == community.id)
        .values(next_number=communities.c.next_number + 1)
        .execution_options(synchronize_session=False)
    )
    number = session.scalar(select(communities.c.next_number).where(communities.c.id == community.id))
    return int(number or 0) - 1


def _file(session: Session, scene: Scene, location: Location) -> Ticket:
    reading, row = scene.reading, scene.row
    ticket = Ticket(
        community_id=scene.community.id,
        number=next_number(session, scene.community),
        kind=Kind(reading["kind"]),
        category=Category(reading["category"]),
        urgency=Urgency(reading["urgency"]),
        summary=reading.get("summary", ""),
        detail=scene.said,
        place=location.place.as_dict(),
        said_place=location.said.as_dict(),
        source_channel=row.channel,
        source_room=row.room,
        source_message=row.target or row.message,
        inbox_id=row.id,
        requester_id=requester_of(session, scene).id,
        state=State.FILED,
        opened_at=scene.now,
        term_from=scene.now,
        room_id=scene.room.id if scene.room else None,
    )
    session.add(ticket)
    session.flush()
    record = Record(session, ticket, scene.now, scene.person, row.id)
    record.start_term()
    record.event(EventKind.FILED, message=row.message)
    give_grid(session, ticket, location.grid.id if location.grid else None, scene.now)
    return ticket


def give_grid(session: Session, ticket: Ticket, grid_id: int | None, now: datetime) -> None:
    """Puts the ticket into a grid: its officer answers for it and, unless it is a wish or praise, gets it."""
    grid = session.get(Grid, grid_id) if grid_id else None
    ticket.grid_id = grid.id if grid else None
    ticket.accountable_id = grid.officer_id if grid else None
    record = Record(session, ticket, now)
    if ticket.kind is Kind.PRAISE:
        record.close()
    elif ticket.kind is not Kind.WISH and ticket.accountable_id is not None:
        record.assign(ticket.accountable_id)


def _ask_place(session: Session, scene: Scene, ticket: Ticket, location: Location) -> str | None:
    """Asks for a needed place; the name of the question, or None when nothing needs asking."""
    needed = ticket.kind in NEEDS_PLACE and (location.ambiguous or not location.place.is_located)
    if not needed:
        return None
    expires = scene.now + PLACE_QUESTION
    session.add(Question(ticket.id, scene.person.id, scene.row.scope, scene.now, expires))
    return "ask_estate" if location.ambiguous else "ask_building"


def _hand_out(session: Session, scene: Scene, ticket: Ticket, *, asked: bool) -> None:
    """Tells everybody else who should hear of a new ticket."""
    notices = notices_of(session, ticket, scene)
    emergency = ticket.urgency is Urgency.EMERGENCY
    if ticket.kind is Kind.WISH:
        notices.volunteers("wish_card")
    elif ticket.kind is Kind.PRAISE:
        notices.officer("praise_noted")
    elif ticket.assignee_id is not None:
        notices.officer("emergency_assigned" if emergency else "assigned")
    elif not asked or emergency:
        # While the question is open nobody else can do anything; without an answer, staff hear of it later.
        notices.staff("unassigned")
    if emergency and ticket.assignee_id is not None:
        notices.staff("emergency_staff")


def _receipt(session: Session, ticket: Ticket, ask: str | None, second: str | None) -> Answer:
    facts: dict[str, Any] = ticket_facts(session, ticket)
    handed_out = _ASSIGNED_RECEIPTS.get(ticket.kind, "receipt") if ticket.assignee_id else "receipt_unassigned"
    template = _RECEIPTS.get(ticket.kind, handed_out)
    if ticket.urgency is Urgency.EMERGENCY:
        facts["before"] = "call_first"
    ask = ask or ("ask_second" if second else None)
    if ask is not None:
        facts |= {"after": ask, "second": second}
    return Answer(template, facts)


def open_question(session: Session, scene: Scene) -> Question | None:
    """The question about a place that this sender's message may answer."""
    query = select(Question).where(
        questions.c.scope == scene.row.scope,
        questions.c.answered_at.is_(None),
        questions.c.staff_told_at.is_(None),
        questions.c.expires_at >= scene.now,
    )
    found: list[Question] = list(session.scalars(query.order_by(questions.c.id.desc())))
    for question in found:
        asked = session.get(Person, question.person_id)
        if asked is not None and same_person(session, scene.community.id, asked, scene.person):
            return question
    return None


def do_answer_place(session: Session, scene: Scene, question: Question) -> Effect:
    """Takes the sender's place as the answer to the open question and hands the ticket out."""
    ticket = session.get(Ticket, question.ticket_id)
    assert ticket is not None, "a question always has its ticket"
    hold(session, ticket)
    before = Place.from_dict(ticket.said_place)
    heard = Place.from_dict(scene.reading.get("place"))
    said = Place(**{level: value or getattr(before, level) for level, value in heard.as_dict().items()})
    location = locate(session, as_told(session, scene, ticket), said)
    question.answered_at = scene.now
    ticket.place, ticket.said_place = location.place.as_dict(), location.said.as_dict()
    record = Record(session, ticket, scene.now, scene.person, scene.row.id)
    record.event(EventKind.SUPPLEMENTED, place=location.place.as_dict(), message=scene.row.message)
    moved = (
        ticket.state in (State.FILED, State.ASSIGNED)
        and location.grid is not None
        and location.grid.id != ticket.grid_id
    )
    if moved and location.grid is not None:
        give_grid(session, ticket, location.grid.id, scene.now)
    notices = notices_of(session, ticket, scene)
    if ticket.assignee_id is None:
        notices.staff("unassigned")
    else:
        notices.officer("assigned" if moved else "supplemented", text=scene.row.text)
    template = "place_thanks" if ticket.assignee_id else "place_thanks_unassigned"
    answer = Answer(template, ticket_facts(session, ticket))
    return Effect(Outcome.SUPPLEMENT, (answer,), ticket.id)
