"""Erases a person on request (删除我的信息), in the transaction of the message that asks for it.

    words      of every message, reading, effect, notice, event and correction      gone
    tickets    requested: words and place down to the building                      it stays, its officer is told
    account    name and id, also where private messages were addressed              a new person at the next word
    figures    every row stays, with its state, kind, category and times             right

Whom the register names keeps the account, which is the register's, and what he did to other people's tickets.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from desk.domain.keeping import gone_scope, gone_user
from desk.domain.model import InboxMessage, OutboxMessage, Person, Ticket, TicketEvent
from desk.domain.place import Place
from desk.domain.replies import Effect
from desk.domain.words import OPEN_STATES, EventKind, InboxState, OutboxState, Outcome
from desk.services import corrections
from desk.services.accounts import linked
from desk.services.belongings import admissions_of, forget_belongings
from desk.services.notices import Notices, post
from desk.services.people import open_person
from desk.services.records import Record, hold
from desk.services.redacting import OVER, forget_event, forget_joint, forget_messages, forget_ticket
from desk.storage.tables import identities, inbox, outbox, people, questions, ticket_events, tickets

NAMING = ("join_card", "join_welcome", "join_allowed", "join_refused", "join_settled", "join_by_file", "linked_notice",
          "link_done")  # fmt: skip
"""What names somebody to others."""

BUILDING_LEVEL = ("estate", "building", "landmark")
"""What stays of a place: where somebody has to go, and nobody's home."""


def do_erase(session: Session, row: InboxMessage, person: Person) -> Effect:
    """Erases who sent the row: every account that the register does not name, the words of every account.

    Accounts are one person's where he linked them himself, or where the register says so.
    """
    template = "erased_member" if _is_registered(session, person) else "erased"
    farewell = (person.channel, person.user)
    accounts = _accounts(session, person)
    for account in accounts:
        _forget_name(session, account)
    for account in accounts:
        _erase_words(session, row, account)
        forget_belongings(session, account.id)
        if not _is_registered(session, account):
            _erase_account(session, row, account)
    row.reading = {key: (row.reading or {}).get(key) for key in ("act", "confidence", "manage")}
    # Its address goes once it is sent: `desk.services.delivery`.
    post(
        session,
        OutboxMessage(f"i{row.id}:farewell", farewell[0], template, {}, row.received_at, user=farewell[1], rank=0),
    )
    return Effect(Outcome.ACTED)


def _accounts(session: Session, person: Person) -> list[Person]:
    """The account that asks, those that are linked with it, and the others of the same member."""
    mine = select(identities.c.member_id).where(
        identities.c.channel == person.channel, identities.c.user == person.user
    )
    same = select(identities.c.channel, identities.c.user).where(identities.c.member_id.in_(mine))
    others = [
        session.scalars(select(Person).where(people.c.channel == channel, people.c.user == user)).first()
        for channel, user in session.execute(same)
    ]
    others += [session.get(Person, number) for number in linked(session, person.id)]
    return list({one.id: one for one in [person, *others] if one is not None}.values())


def _is_registered(session: Session, person: Person) -> bool:
    named = select(identities.c.id).where(identities.c.channel == person.channel, identities.c.user == person.user)
    return session.scalars(named.limit(1)).first() is not None


def _erase_words(session: Session, row: InboxMessage, person: Person) -> None:
    for ticket in list(session.scalars(select(Ticket).where(tickets.c.requester_id == person.id))):
        _erase_ticket(session, row, person, ticket)
    corrections.erase_of_person(session, person)
    said = list(session.scalars(select(InboxMessage).where(inbox.c.person_id == person.id, inbox.c.id != row.id)))
    before = [one for one in said if one.id < row.id]
    for one in before:
        if one.state not in OVER:  # said before and not handled yet: as if it had been taken back
            one.state, one.outcome, one.lease_token = InboxState.DONE, Outcome.LEFT_ALONE, None
            one.lease_owner = one.lease_until = None
    forget_messages(session, before)
    forget_joint(session, before)
    for event in session.scalars(select(TicketEvent).where(ticket_events.c.by_id == person.id)):
        forget_event(session, event)


def _erase_ticket(session: Session, row: InboxMessage, person: Person, ticket: Ticket) -> None:
    hold(session, ticket)
    forget_ticket(session, ticket)
    ticket.place, ticket.said_place = _building_of(ticket.place), _building_of(ticket.said_place)
    for told in session.scalars(select(OutboxMessage).where(outbox.c.ticket_id == ticket.id)):
        told.facts = _unnamed(told.facts)
    if ticket.state in OPEN_STATES:
        Record(session, ticket, row.received_at, person, row.id).event(EventKind.RECALLED, erased=True)
        Notices(session, ticket, row.received_at, f"i{row.id}", person).assignee("requester_erased", requester="")


def _building_of(place: dict[str, Any]) -> dict[str, Any]:
    kept = Place(**{level: getattr(Place.from_dict(place), level) for level in BUILDING_LEVEL})
    return kept.as_dict()


def _unnamed(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts of a ticket without who raised it and where the household is."""
    clean: dict[str, Any] = {name: "" if name == "requester" else value for name, value in facts.items()}
    if isinstance(clean.get("place"), dict):
        clean["place"] = _building_of(clean["place"])
    return clean


def _erase_account(session: Session, row: InboxMessage, person: Person) -> None:
    """Takes name and id off; what was said since the request belongs to whoever speaks from here on."""
    channel, user, name = person.channel, person.user, person.name
    scope = f"user:{user}"
    person.user, person.name = gone_user(), ""
    session.flush()
    of_private = inbox.c.channel == channel, inbox.c.scope == scope
    session.execute(update(inbox).where(*of_private, inbox.c.id <= row.id).values(scope=gone_scope(channel, scope)))
    session.execute(
        update(questions).where(questions.c.person_id == person.id).values(scope=gone_scope(channel, scope))
    )
    _forget_addresses(session, channel, user, person.user)
    since = inbox.c.person_id == person.id, inbox.c.id > row.id
    if session.scalars(select(inbox.c.id).where(*since).limit(1)).first() is not None:
        again = open_person(session, channel, user, name)
        session.execute(update(inbox).where(*since).values(person_id=again.id))
    session.flush()  # what is written past the objects must not be undone by them
    session.expire_all()


def _forget_name(session: Session, person: Person) -> None:
    """What was told of him by name: that he asked to help, and that he linked another account."""
    if admissions_of(session, person.id) or len(linked(session, person.id)) > 1:
        named = outbox.c.template.in_(NAMING), outbox.c.facts.is_not(None)
        for message in session.scalars(select(OutboxMessage).where(*named)):
            if message.facts.get("name") == person.name:
                message.facts = {**message.facts, "name": ""}
                if message.state in (OutboxState.PENDING, OutboxState.UNKNOWN):
                    message.state = OutboxState.EXPIRED
        for row in session.scalars(select(InboxMessage).where(inbox.c.effect.is_not(None))):
            row.effect = _nameless(row.effect or {}, person.name)


def _nameless(effect: dict[str, Any], name: str) -> dict[str, Any]:
    """An effect whose answers do not say a name."""
    if not any((answer.get("facts") or {}).get("name") == name for answer in effect.get("answers", [])):
        return effect
    answers = [
        {**answer, "facts": {**answer["facts"], "name": ""}} if answer["facts"].get("name") == name else answer
        for answer in effect["answers"]
    ]
    return {**effect, "answers": answers}


def _forget_addresses(session: Session, channel: str, user: str, instead: str) -> None:
    to_him = or_(outbox.c.user == user, outbox.c.dedup_key.endswith(f":{channel}:{user}", autoescape=True))
    for message in session.scalars(select(OutboxMessage).where(outbox.c.channel == channel, to_him)):
        if message.state in (OutboxState.PENDING, OutboxState.UNKNOWN):
            message.state = OutboxState.EXPIRED
        message.dedup_key, message.user, message.facts = f"gone:{message.id}", instead, {}
        message.instead_of = None  # nor is it said in the room, should it come back from where it is being sent
