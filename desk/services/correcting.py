"""Corrections of a ticket's place and urgency by those who steer it: the grid, the officer and the term follow."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from desk.domain.model import Question, Room, Ticket
from desk.domain.place import Place
from desk.domain.replies import Effect
from desk.domain.terms import WITHOUT_TERM, term
from desk.domain.words import OPEN_STATES, EventKind, Kind, Purpose, State, Urgency
from desk.services import corrections
from desk.services.deed import Deed
from desk.services.filing import give_grid
from desk.services.places import Location, locate
from desk.storage.tables import questions


def correct_more(deed: Deed) -> Effect | None:
    """The correction if it is one of place or urgency, else None."""
    reading = deed.scene.reading
    if "place_to" in reading:
        return _place(deed, Place.from_dict(reading["place_to"]))
    if reading.get("urgency_to"):
        return _urgency(deed, Urgency(reading["urgency_to"]))
    return None


# --- place


def _place(deed: Deed, said: Place) -> Effect:
    location = _located(deed, said)
    if location.said.is_empty:
        return deed.say("place_how")
    if location.ambiguous:
        return deed.say("place_which")
    ticket = deed.ticket
    before = {"place": ticket.place, "grid": ticket.grid_id}
    ticket.place, ticket.said_place = location.place.as_dict(), location.said.as_dict()
    after = {"place": ticket.place, "grid": location.grid.id if location.grid else None}
    deed.record.event(EventKind.CORRECTED, before=before, after=after, message=deed.scene.row.message)
    _settle_question(deed)
    if after["grid"] != before["grid"]:
        _regrid(deed, location)
    else:
        deed.notices.assignee("place_notice")
    return deed.say("place_corrected")


def _located(deed: Deed, said: Place) -> Location:
    """As if the matter had been said to be there in its own room; what staff's names and rooms say is of no matter."""
    room = deed.session.get(Room, deed.ticket.room_id) if deed.ticket.room_id else None
    estate = {"estate": deed.ticket.where.estate}
    reading = {**deed.scene.reading, "room_place": estate}
    return locate(deed.session, replace(deed.scene, room=room, home=None, reading=reading), said)


def _settle_question(deed: Deed) -> None:
    asked = select(Question).where(questions.c.ticket_id == deed.ticket.id, questions.c.answered_at.is_(None))
    for question in deed.session.scalars(asked):
        question.answered_at = deed.scene.now


def _regrid(deed: Deed, location: Location) -> None:
    """Another grid: its officer gets what is open, whoever had it so far is told."""
    ticket, had = deed.ticket, deed.ticket.assignee_id
    officer = ticket.accountable_id
    if ticket.state not in OPEN_STATES or ticket.kind is Kind.WISH:
        ticket.grid_id = location.grid.id if location.grid else None
        ticket.accountable_id = location.grid.officer_id if location.grid else None
        return
    give_grid(deed.session, ticket, location.grid.id if location.grid else None, deed.scene.now)
    if ticket.accountable_id is None and ticket.state is not State.FILED:
        deed.record.release(reason="place")
    if ticket.accountable_id is None:
        deed.notices.staff("unassigned")
    else:
        deed.notices.officer("assigned")
    for member_id in dict.fromkeys((had, officer)):
        if member_id is not None and member_id != ticket.assignee_id:
            deed.notices.member(member_id, "taken_over")


# --- urgency


def _urgency(deed: Deed, wanted: Urgency) -> Effect:
    ticket = deed.ticket
    if ticket.urgency is wanted:
        return deed.say("urgency_corrected")
    graver = wanted.gravity > ticket.urgency.gravity
    before = {"urgency": ticket.urgency.value}
    if ticket.state not in OPEN_STATES or ticket.kind in WITHOUT_TERM:
        ticket.urgency = wanted
    elif graver:
        deed.record.aggravate(wanted)
    else:
        _milder(ticket, wanted)
    deed.record.event(EventKind.CORRECTED, before=before, after={"urgency": wanted.value})
    corrections.record(deed.session, deed.scene, ticket, is_request=True)
    if ticket.state in OPEN_STATES:
        _tell_urgency(deed, graver=graver)
    return deed.say("urgency_corrected")


def _milder(ticket: Ticket, wanted: Urgency) -> None:
    """A milder matter has its term from where it began: none is overdue, and none gains a day, by being said."""
    ticket.urgency = wanted
    length = term(ticket.kind, wanted)
    ticket.due_at = ticket.term_from + length if length else None


def _tell_urgency(deed: Deed, *, graver: bool) -> None:
    room = deed.scene.room
    if graver and deed.ticket.urgency is Urgency.EMERGENCY:
        deed.notices.assignee("emergency_assigned")
        if room is None or room.purpose is not Purpose.STAFF:
            deed.notices.staff("emergency_staff" if deed.ticket.assignee_id else "unassigned")
    else:
        deed.notices.assignee("urgency_notice")
