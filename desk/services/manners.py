"""Applies `desk.domain.manners` to what is due in the outbox, in the transaction that takes it to be sent.

found (due) ─► facts of its room ─► decide ─┬─► say       ─► sending
                                            ├─► hold      ─► pending, `not_before`
                                            ├─► join      ─► joined; one message that says all of them ─► sending
                                            ├─► private   ─► to its person, `instead_of` the room      ─► sending
                                            └─► drop      ─► expired
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, object_session

from desk.domain import manners
from desk.domain.manners import Case, Manner, Sort, Verdict
from desk.domain.model import InboxMessage, OutboxMessage, Person, Ticket
from desk.domain.words import OPEN_STATES, OutboxState, Purpose, State, Urgency
from desk.services.notices import post
from desk.services.rooms_in_talk import Floor, Floors, staff_spoke, told_today
from desk.storage.tables import outbox, questions

RECEIPTS = frozenset(
    {"receipt", "receipt_consult", "receipt_suggest", "receipt_unassigned", "receipt_wish", "receipt_praise", "joined",
     "joined_own", "place_thanks", "place_thanks_unassigned"}
)  # fmt: skip
"""What a resident may wait a minute for."""

CHATTER = frozenset({"not_understood", "help", "help_staff", "which_ticket", "voice_unheard", "photo_unclear"})
"""Said to who turned to the bot about nothing: not where one of the staff is talking."""

JOINT = frozenset({"joint_answers", "joint_news"})

ALONE = JOINT | {"welcome_residents", "welcome_volunteers", "welcome_staff"}
"""Never a line among others."""

LONG = frozenset({"figures"})
"""Never said in a residents' room where its asker can be told in private; nor is a list of many lines."""

_FRESH_IN = {
    "wish_card": (State.FILED,),
    "resolved_ask": (State.RESOLVED,),
    "wish_claimed": (State.ACCEPTED,),
    "reminder": OPEN_STATES,
    "overdue_staff": OPEN_STATES,
}
"""The states of its ticket in which a notice that waited is still worth saying."""

_CAUSE = re.compile(r"i(\d+):")


def minded(session: Session, found: Sequence[OutboxMessage], now: datetime) -> list[OutboxMessage]:
    """Of the messages that are due those to send at once, in order; what becomes of the others is written down."""
    floors = Floors(session, found, now)
    said: list[OutboxMessage | list[OutboxMessage]] = []
    joining: dict[tuple[str, str | None, Sort], list[OutboxMessage]] = {}
    for message in found:
        floor = floors.of(message)
        if message.state is OutboxState.UNKNOWN or floor is None:
            said.append(message)
            continue
        at = max(now, message.created_at)
        case = _case(session, message, floor, at)
        group = joining.get((message.channel, message.room, case.sort), [])
        verdict = _with_others(case, group)
        if verdict.manner is Manner.JOIN:
            if not 0 < len(group) < manners.MOST_LINES:
                group = joining[message.channel, message.room, case.sort] = []
                said.append(group)
                floor.takes(at)
            group.append(message)
        elif _applied(session, message, verdict, case):
            said.append(message)
            floor.takes(at)
    return [one for each in said for one in _as_one(session, each, now)]


def _with_others(case: Case, group: Sequence[OutboxMessage]) -> Verdict:
    """What becomes of it; what joins others that are said anyway takes no more of the budget."""
    joins = case.waited and case.joinable and 0 < len(group) < manners.MOST_LINES
    return manners.decide(replace(case, free_at=None) if joins else case)


def _case(session: Session, message: OutboxMessage, floor: Floor, at: datetime) -> Case:
    if message.facts.get("urgency") == Urgency.EMERGENCY.value:
        return Case(Sort.EMERGENCY, at)
    cause = cause_of(session, message)
    # 办结 said in a room at night is confirmed there, although nobody asked for the question that does it.
    asked = message.rank == 0 or (cause is not None and (cause.channel, cause.room) == (message.channel, message.room))
    silences = (floor.hushed_until, _human_until(session, message, floor, cause, at))
    joint = message.template in JOINT
    limit = floor.budget if asked or floor.budget is None else max(1, floor.budget // 2)
    waited = message.not_before is not None
    return Case(
        Sort.ANSWER if message.rank == 0 else Sort.UNASKED,
        at,
        reachable=message.rank == 0 and cause is not None and cause.person_id is not None and not message.instead_of,
        receipt=message.template in RECEIPTS,
        joinable=message.template not in ALONE and not _is_long(message),
        waited=waited or joint,
        stale=waited and _is_stale(session, message, at),
        private_rather=_rather_in_private(session, message, floor, cause, at),
        silent_until=max(filter(None, silences), default=None),
        night_until=None if asked else floor.night_until(at),
        free_at=manners.free_at(floor.said, at, limit),
        crowded_until=floor.crowded_until(at),
    )  # fmt: skip


def cause_of(session: Session, message: OutboxMessage) -> InboxMessage | None:
    """The message that caused this one, by the name of the fact; None where the clock did."""
    found = _CAUSE.match(message.dedup_key)
    return session.get(InboxMessage, int(found[1])) if found else None


def _is_long(message: OutboxMessage) -> bool:
    return message.template in LONG or len(message.facts.get("tickets") or ()) > manners.IN_ROOM_LINES


def _rather_in_private(
    session: Session, message: OutboxMessage, floor: Floor, cause: InboxMessage | None, at: datetime
) -> bool:
    if message.rank != 0 or cause is None or cause.person_id is None:
        return False
    if floor.purpose is Purpose.RESIDENTS and _is_long(message):
        return True
    return floor.budget is not None and told_today(session, cause.person_id, floor, at) >= manners.PERSON_A_DAY


def _is_stale(session: Session, message: OutboxMessage, at: datetime) -> bool:
    ticket = session.get(Ticket, message.ticket_id) if message.ticket_id else None
    fresh_in = _FRESH_IN.get(message.template)
    over = ticket is not None and fresh_in is not None and ticket.state not in fresh_in
    return over or at - message.created_at > manners.STALE


def _human_until(
    session: Session, message: OutboxMessage, floor: Floor, cause: InboxMessage | None, at: datetime
) -> datetime | None:
    """Until when the thread of a message is left to one of the staff who spoke in it."""
    if floor.purpose is not Purpose.RESIDENTS or at - message.created_at >= manners.LONGEST_WAIT:
        return None
    if message.template not in CHATTER and cause is not None and _turned_to_us(session, cause):
        return None
    spoke = staff_spoke(session, floor, cause, message.ticket_id, at)
    return spoke + manners.AFTER_HUMAN if spoke is not None else None


def _turned_to_us(session: Session, cause: InboxMessage) -> bool:
    """Who mentions the bot or replies to its words wants the bot, whoever else is talking."""
    if cause.mentioned or cause.reply_to_bot_about is not None:
        return True
    card = select(outbox.c.id).where(outbox.c.channel == cause.channel, outbox.c.provider_message == cause.reply_to)
    return cause.reply_to is not None and session.scalars(card.limit(1)).first() is not None


def _applied(session: Session, message: OutboxMessage, verdict: Verdict, case: Case) -> bool:
    """Writes down what becomes of a message; whether it is sent now."""
    if verdict.manner is Manner.HOLD:
        assert case.ahead(verdict.until) is not None, "held until a time that is to come"
        message.not_before = verdict.until
    elif verdict.manner is Manner.DROP:
        message.state = OutboxState.EXPIRED
    elif verdict.manner is Manner.PRIVATE:
        _divert(session, message, silent=case.ahead(case.silent_until) is not None)
    return verdict.manner in (Manner.SAY, Manner.PRIVATE)


def _divert(session: Session, message: OutboxMessage, *, silent: bool) -> None:
    """To the person in private; a question goes along with its answer's place, or is not asked in a silent room."""
    cause = cause_of(session, message)
    person = session.get(Person, cause.person_id) if cause is not None else None
    assert person is not None, "only what has a person is said in private"
    message.instead_of = {"room": message.room, "reply_to": message.reply_to}
    message.room, message.user, message.reply_to = None, person.user, None
    if silent:
        message.facts = {name: value for name, value in message.facts.items() if name != "after"}
    elif message.facts.get("after"):
        _ask_in(session, message, f"user:{person.user}")


def _ask_in(session: Session, message: OutboxMessage, scope: str) -> None:
    asked = update(questions).where(questions.c.ticket_id == message.ticket_id, questions.c.answered_at.is_(None))
    session.execute(asked.values(scope=scope).execution_options(synchronize_session=False))


def back_to_room(message: OutboxMessage) -> bool:
    """Puts what could not be said in private back to where it was asked; False for what was not diverted."""
    session, place = object_session(message), message.instead_of
    if session is None or not place or message.room is not None:
        return False
    message.room, message.user, message.reply_to = place["room"], None, place["reply_to"]
    message.state, message.retry_at = OutboxState.PENDING, None
    if message.facts.get("after"):
        _ask_in(session, message, f"room:{message.room}")
    return True


def _as_one(session: Session, each: OutboxMessage | list[OutboxMessage], now: datetime) -> list[OutboxMessage]:
    """What was to be said, or one message for those that waited together."""
    if isinstance(each, OutboxMessage) or len(each) == 1:
        return [each] if isinstance(each, OutboxMessage) else each
    first = each[0]
    # Key and ticket are not said: by them a line is found again when its words are taken back.
    lines: list[dict[str, Any]] = [
        {"template": one.template, "facts": dict(one.facts), "key": one.dedup_key, "ticket": one.ticket_id}
        for one in each
    ]
    joint = OutboxMessage(
        f"j{first.id}", first.channel, "joint_answers" if first.rank == 0 else "joint_news", {"lines": lines},
        max(now, first.created_at), room=first.room, rank=first.rank,
    )  # fmt: skip
    for one in each:
        one.state = OutboxState.JOINED
    post(session, joint)
    return [joint]


def heard_at(message: OutboxMessage) -> datetime:
    """The time at which a message is said: when it was made, or when its turn came."""
    return max(message.created_at, message.not_before or message.created_at)


def releases(session: Session, after: datetime) -> Iterable[datetime]:
    """The moments at which something that is held may be said."""
    held = select(outbox.c.not_before).where(outbox.c.state == OutboxState.PENDING, outbox.c.not_before > after)
    moments: Iterable[datetime] = session.scalars(held)
    return moments


def release(session: Session, channel: str, room: str, now: datetime) -> None:
    """Has everything that is held for a room looked at again now."""
    held = update(outbox).where(outbox.c.channel == channel, outbox.c.room == room)
    held = held.where(outbox.c.state == OutboxState.PENDING, outbox.c.not_before > now)
    session.execute(held.values(not_before=now).execution_options(synchronize_session=False))


def last_call(session: Session, now: datetime) -> None:
    """A clock that stops does not keep the receipts of its last minute: they are said with it."""
    waiting = update(outbox).where(outbox.c.state == OutboxState.PENDING, outbox.c.rank == 0)
    waiting = waiting.where(outbox.c.not_before > now, outbox.c.not_before <= now + manners.MINUTE)
    session.execute(waiting.values(not_before=now).execution_options(synchronize_session=False))
