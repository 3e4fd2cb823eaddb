"""What is going on in a room: how much the bot has said, whether it is hushed, and who of the staff is talking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from desk.domain import manners
from desk.domain.model import Community, InboxMessage, OutboxMessage, Person, Room
from desk.domain.words import MessageKind, OutboxState, Outcome, Purpose, Role
from desk.services import people
from desk.services.room_manners import manners_of
from desk.services.scene import find_said
from desk.storage.tables import communities, inbox, outbox, rooms

STAFF = frozenset({Role.STAFF, Role.OFFICER, Role.DEPARTMENT})
REMARKS = (Outcome.LEFT_ALONE, Outcome.SUPPLEMENT)
"""What becomes of words that people say to each other; all else was a command or a matter."""


class Floor:
    """One room while what is due is looked through; `said` are the times of what was said in it lately."""

    def __init__(self, session: Session, room: Room, community: Community, now: datetime, until: datetime) -> None:
        own = manners_of(session, room)
        self._session, self._room = session, room
        self.community_id, self.channel, self.room, self.purpose = community.id, room.channel, room.room, room.purpose
        self.zone = ZoneInfo(community.timezone)
        default = manners.BUDGET[room.purpose]
        self.budget = own.budget if own is not None and own.budget is not None else default
        self.hushed_until = own.hushed_until if own is not None else None
        self._quiet = own.quiet if own is not None and own.quiet else _usual_quiet(room.purpose)
        self.said = self._lately(now, until) if self.budget is not None else []

    def _lately(self, now: datetime, until: datetime) -> list[datetime]:
        here = (outbox.c.channel == self.channel, outbox.c.room == self.room)
        sent = select(outbox.c.sent_at).where(*here, outbox.c.state == OutboxState.SENT)
        sent = sent.where(outbox.c.sent_at > now - manners.HOUR, outbox.c.sent_at <= until)
        on_the_way = select(func.count()).select_from(outbox).where(*here)
        on_the_way = on_the_way.where(outbox.c.state.in_([OutboxState.SENDING, OutboxState.UNKNOWN]))
        return [*self._session.scalars(sent), *[now] * int(self._session.scalar(on_the_way) or 0)]

    def takes(self, at: datetime) -> None:
        """One more is said."""
        self.said.append(at)

    def night_until(self, at: datetime) -> datetime | None:
        """When the quiet hours end; None outside of them."""
        return manners.night_until(at, self._quiet, self.zone)

    def crowded_until(self, at: datetime) -> datetime | None:
        """When the minute of a burst ends; what is told together ends its wait together."""
        if self.budget is None:
            return None
        ends = manners.free_at(self.said, at, manners.A_MINUTE, manners.MINUTE)
        if ends is None:
            return None
        waiting = select(func.min(outbox.c.not_before)).where(
            outbox.c.state == OutboxState.PENDING, outbox.c.channel == self.channel, outbox.c.room == self.room,
            outbox.c.rank == 0, outbox.c.not_before > at, outbox.c.not_before <= ends,
        )  # fmt: skip
        return self._session.scalar(waiting) or ends


def _usual_quiet(purpose: Purpose) -> str | None:
    return None if purpose is Purpose.STAFF else manners.QUIET


class Floors:
    """The rooms of a batch. They are locked, so that two gateways do not both take the last place of a budget."""

    def __init__(self, session: Session, found: Sequence[OutboxMessage], now: datetime) -> None:
        names = {message.room for message in found if message.room is not None}
        until = max((message.created_at for message in found), default=now)
        self._floors: dict[tuple[str, str], Floor] = {}
        query = select(Room, Community).join(Community, communities.c.id == rooms.c.community_id)
        query = query.where(rooms.c.room.in_(names), rooms.c.retired.is_(False)).order_by(rooms.c.id)
        for room, community in session.execute(query.with_for_update(of=rooms, key_share=True)) if names else ():
            self._floors[room.channel, room.room] = Floor(session, room, community, now, max(now, until))

    def of(self, message: OutboxMessage) -> Floor | None:
        """The room that a message is for; None in private and in rooms that nobody knows any more."""
        return self._floors.get((message.channel, message.room)) if message.room is not None else None


def told_today(session: Session, person_id: int, floor: Floor, at: datetime) -> int:
    """How often the bot has answered a person in rooms since midnight."""
    midnight = at.astimezone(floor.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    query = select(func.count()).select_from(
        inbox.join(
            outbox,
            (outbox.c.channel == inbox.c.channel)
            & (outbox.c.room == inbox.c.room)
            & (outbox.c.reply_to == inbox.c.message),
        )
    )
    query = query.where(inbox.c.person_id == person_id, outbox.c.state == OutboxState.SENT)
    query = query.where(outbox.c.sent_at >= midnight, outbox.c.sent_at <= at)
    return int(session.scalar(query) or 0)


def staff_spoke(
    session: Session, floor: Floor, cause: InboxMessage | None, ticket_id: int | None, at: datetime
) -> datetime | None:
    """When one of the staff last spoke in the thread of a message, to its people and not to the bot.

    The thread: what quotes a message of the one who caused it, or one about the ticket, and what he himself quotes; and
    what quotes nothing and was the next thing said after a resident's words about the ticket.
    """
    quoted = _spoke_in_quotes(session, floor, cause, ticket_id, at)
    answered = _spoke_next(session, floor, ticket_id, at) if ticket_id is not None else None
    return max(filter(None, (quoted, answered)), default=None)


def _spoke_in_quotes(
    session: Session, floor: Floor, cause: InboxMessage | None, ticket_id: int | None, at: datetime
) -> datetime | None:
    query = select(InboxMessage).where(
        inbox.c.channel == floor.channel, inbox.c.room == floor.room, inbox.c.kind == MessageKind.SAID,
        inbox.c.received_at > at - manners.AFTER_HUMAN, inbox.c.received_at <= at, inbox.c.mentioned.is_(False),
        inbox.c.outcome.in_(REMARKS), inbox.c.reply_to_bot_about.is_(None),
    )  # fmt: skip
    # Most of a chat quotes nothing and is no quoted thing: it is not even read.
    quoting = inbox.c.reply_to.is_not(None)
    if cause is not None:
        query = query.where(inbox.c.person_id != cause.person_id, quoting | (inbox.c.message == cause.reply_to))
    else:
        query = query.where(quoting)
    for heard in session.scalars(query.order_by(inbox.c.received_at.desc(), inbox.c.id.desc())):
        if _in_thread(session, heard, cause, ticket_id) and _is_staff(session, floor, heard):
            spoke: datetime = heard.received_at
            return spoke
    return None


def _spoke_next(session: Session, floor: Floor, ticket_id: int, at: datetime) -> datetime | None:
    """When one of the staff answered a resident's words about a ticket by speaking right after them."""
    lately = at - manners.AFTER_HUMAN
    said = select(InboxMessage).where(
        inbox.c.ticket_id == ticket_id, inbox.c.channel == floor.channel, inbox.c.room == floor.room,
        inbox.c.received_at > lately - manners.RIGHT_AFTER, inbox.c.received_at < at,
    )  # fmt: skip
    for words in session.scalars(said.order_by(inbox.c.id.desc())):
        answer = _next_remark(session, floor, words)
        if answer is None or not lately < answer.received_at <= at or _is_staff(session, floor, words):
            continue
        if _is_staff(session, floor, answer):
            spoke: datetime = answer.received_at
            return spoke
    return None


def _next_remark(session: Session, floor: Floor, words: InboxMessage) -> InboxMessage | None:
    """What another one said next, if it was soon, to people and quoted nothing."""
    others = select(InboxMessage).where(
        inbox.c.channel == floor.channel, inbox.c.room == floor.room, inbox.c.kind == MessageKind.SAID,
        inbox.c.received_at >= words.received_at, inbox.c.received_at <= words.received_at + manners.RIGHT_AFTER,
        inbox.c.id > words.id, inbox.c.person_id != words.person_id,
    )  # fmt: skip
    found: InboxMessage | None = session.scalars(others.order_by(inbox.c.id).limit(1)).first()
    return found if found is not None and found.reply_to is None and _is_remark(found) else None


def _is_remark(heard: InboxMessage) -> bool:
    return heard.outcome in REMARKS and not heard.mentioned and heard.reply_to_bot_about is None


def _in_thread(session: Session, heard: InboxMessage, cause: InboxMessage | None, ticket_id: int | None) -> bool:
    if cause is not None and cause.reply_to == heard.message:
        return True
    quoted = find_said(session, heard, heard.reply_to) if heard.reply_to is not None else None
    if quoted is None:
        return False
    about_it = ticket_id is not None and quoted.ticket_id == ticket_id
    return about_it or (cause is not None and quoted.person_id == cause.person_id)


def _is_staff(session: Session, floor: Floor, heard: InboxMessage) -> bool:
    person = session.get(Person, heard.person_id)
    member = people.member_of(session, floor.community_id, person) if person is not None else None
    return member is not None and bool(member.role_set & STAFF)
