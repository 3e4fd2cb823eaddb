"""Inbox and outbox: what came in is kept until it is answered, what goes out until it has arrived.

inbox    pending ─► leased ─► done            leased ─► pending again when its holder died or gave up
                      └─────► failed          after `MOST_ATTEMPTS`; staff are told
outbox   pending ─► sending ─► sent           sending ─► unknown when its holder died: sent once more
                      └─► pending, failed, expired
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from desk.domain.errors import RowGone
from desk.domain.keeping import gone_scope
from desk.domain.model import InboxMessage, OutboxMessage, Person
from desk.domain.replies import Effect
from desk.domain.words import InboxState, MessageKind, OutboxState, Outcome
from desk.services.balance import count_arrival
from desk.services.files import want_files
from desk.services.notices import post
from desk.services.people import open_person
from desk.services.quotes import replied_to
from desk.storage.tables import inbox, outbox

LEASE = timedelta(seconds=60)
"""How long a row belongs to the process that took it; longer than any message takes."""

MOST_ATTEMPTS = 3
"""After so many failures a message is set aside and people are told."""

BACKOFF = (timedelta(seconds=2), timedelta(seconds=10), timedelta(seconds=60))
"""Waits before the next attempt; the last one repeats."""

UNDELIVERED_AFTER = timedelta(hours=24)
"""An answer that is a day old would only confuse."""


@dataclass(frozen=True)
class Arrival:
    """A message as the desk takes it in. `scope` names the room or the private chat it came in.

    `topic` is the thread of the room it was said in; `local_ids` says that ids of messages are unique in a room only.
    `quoted` are the words that it answers, where a platform hands on those and no id.
    """

    channel: str
    room: str | None
    message: str
    user: str | None
    name: str
    text: str
    sent_at: datetime
    kind: MessageKind = MessageKind.SAID
    reply_to: str | None = None
    reply_to_bot_about: str | None = None
    direct: bool = False
    mentioned: bool = False
    attachments: Sequence[dict[str, Any]] = field(default_factory=tuple)
    target: str | None = None
    topic: str | None = None
    local_ids: bool = False
    quoted: str | None = None

    @property
    def scope(self) -> str:
        """Part of the message's name; never null."""
        return f"room:{self.room}" if self.room is not None else f"user:{self.user}"


_STORED = select(inbox.c.id).where(  # asked of every message: built once
    inbox.c.channel == bindparam("channel"),
    inbox.c.scope == bindparam("scope"),
    inbox.c.message == bindparam("message"),
)


def record_arrival(
    session: Session, arrival: Arrival, now: datetime, *, count_repeated: bool = True
) -> InboxMessage | None:
    """T1: keeps the message; None when it is here already, or speaks of one that never was.

    Each is counted as received, a repeated one as a duplicate (`count_repeated`: a replay of a file changes nothing).
    """
    if arrival.user is None:
        if _seen(session, arrival):
            _repeated(session, arrival, now, count_repeated)
            return None
        known = _named_after(session, arrival)
        if known is None:
            _keep_lost(session, arrival, now)
            return None
        return record_arrival(session, known, now, count_repeated=count_repeated)
    named = {"channel": arrival.channel, "message": arrival.message}
    if any(session.execute(_STORED, {**named, "scope": scope}).first() is not None for scope in _scopes(arrival)):
        _repeated(session, arrival, now, count_repeated)
        return None
    person = open_person(session, arrival.channel, arrival.user, arrival.name)
    row = InboxMessage(
        arrival.channel, arrival.scope, arrival.message, arrival.kind, person.id,
        arrival.sent_at, now, arrival.text, arrival.room, replied_to(session, arrival, now), arrival.reply_to_bot_about,
        arrival.direct, arrival.mentioned, list(arrival.attachments), arrival.target,
        topic=arrival.topic, local_ids=arrival.local_ids,
    )  # fmt: skip
    session.add(row)
    session.flush()
    count_arrival(session, row.channel, row.room, now)
    return row


def _repeated(session: Session, arrival: Arrival, now: datetime, count: bool) -> None:
    if count:
        count_arrival(session, arrival.channel, arrival.room, now, duplicate=True)


def _scopes(arrival: Arrival) -> list[str]:
    """Its scope, and in private what stands for it where the account was erased: it may be delivered again."""
    return [arrival.scope] if arrival.room is not None else [arrival.scope, gone_scope(arrival.channel, arrival.scope)]


def _seen(session: Session, arrival: Arrival) -> bool:
    """Whether this recall or edit was taken in before, wherever its message was found then."""
    query = select(inbox.c.id).where(inbox.c.message == arrival.message, inbox.c.kind == arrival.kind)
    if arrival.channel:
        query = query.where(inbox.c.channel == arrival.channel)
    if arrival.room is not None:
        query = query.where(inbox.c.room == arrival.room)
    return session.scalars(query.limit(1)).first() is not None


def _keep_lost(session: Session, arrival: Arrival, now: datetime) -> None:
    """A recall or an edit of a message that nobody has seen: on record, so that it means nothing later either."""
    row = InboxMessage(
        arrival.channel, arrival.scope, arrival.message, arrival.kind, None, arrival.sent_at, now, room=arrival.room,
        target=arrival.target, state=InboxState.DONE, outcome=Outcome.LEFT_ALONE,
    )  # fmt: skip
    session.add(row)
    session.flush()
    count_arrival(session, row.channel, row.room, now)


def _named_after(session: Session, arrival: Arrival) -> Arrival | None:
    """A recall or an edit with the sender and the place of the message that it speaks of."""
    query = select(InboxMessage).where(inbox.c.message == arrival.target)
    if arrival.channel:
        query = query.where(inbox.c.channel == arrival.channel)
    found = list(session.scalars(query.order_by(inbox.c.id.desc())))
    said = next((row for row in found if row.room == arrival.room), None) or next(iter(found), None)
    person = session.get(Person, said.person_id) if said is not None and said.person_id else None
    if said is None or person is None:
        return None
    return replace(
        arrival, channel=said.channel, room=said.room, user=person.user, name=person.name, direct=said.direct
    )


def lease(session: Session, owner: str, wall: datetime, limit: int) -> list[InboxMessage]:
    """Takes the oldest messages that wait, for `LEASE`; several gateways never take the same one.

    A message stays behind an earlier one of its conversation that somebody else has in hand.
    """
    busy = select(inbox.c.scope).where(inbox.c.state == InboxState.LEASED, inbox.c.lease_until > wall)
    query = (
        select(InboxMessage)
        .where(inbox.c.state == InboxState.PENDING)
        .where(inbox.c.retry_at.is_(None) | (inbox.c.retry_at <= wall))
        .where(inbox.c.scope.not_in(busy))
        .order_by(inbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = list(session.scalars(query))
    for row in rows:
        take(row, owner, wall)
    _keep_leases(session, rows)
    return rows


def _keep_leases(session: Session, rows: Sequence[InboxMessage]) -> None:
    """What `take` did, in one statement for all: written row by row it takes longer than to find the rows."""
    names = ("state", "lease_owner", "lease_until", "lease_token")
    leases = [{"row": row.id, **{name: getattr(row, name) for name in names}} for row in rows]
    if leases:
        session.connection().execute(_LEASE, leases)
    for row in rows:
        for name in names:
            set_committed_value(row, name, getattr(row, name))


_LEASE = inbox.update().where(inbox.c.id == bindparam("row"))


def take(row: InboxMessage, owner: str, wall: datetime) -> None:
    """Puts a row into the owner's hands; the token proves it to the actions."""
    row.state = InboxState.LEASED
    row.lease_owner = owner
    row.lease_until = wall + LEASE
    row.lease_token = uuid.uuid4().hex


def take_over(session: Session, wall: datetime, is_dead: Callable[[str], bool]) -> int:
    """Frees what dead processes held: leases that ran out, or whose owner is known to be gone. How many rows."""
    held_in = select(InboxMessage).where(inbox.c.state == InboxState.LEASED)
    freed_in = [row for row in session.scalars(held_in) if _is_free(row, wall, is_dead)]
    for row in freed_in:
        row.state, row.lease_owner, row.lease_until, row.lease_token = InboxState.PENDING, None, None, None
    held_out = select(OutboxMessage).where(outbox.c.state == OutboxState.SENDING)
    freed_out = [message for message in session.scalars(held_out) if _is_free(message, wall, is_dead)]
    for message in freed_out:
        # It may have arrived: `unknown` says so, and it is sent once more.
        message.state, message.lease_owner, message.lease_until = OutboxState.UNKNOWN, None, None
        message.cut_off += 1
    return len(freed_in) + len(freed_out)


def _is_free(held: InboxMessage | OutboxMessage, wall: datetime, is_dead: Callable[[str], bool]) -> bool:
    return held.lease_until is None or held.lease_until <= wall or is_dead(held.lease_owner or "")


def held_rows(session: Session, tokens: Mapping[int, str]) -> dict[int, InboxMessage]:
    """Those of the leased rows of these ids whose tokens are those of their leases; asked in one go."""
    query = select(InboxMessage).where(inbox.c.id.in_(tokens), inbox.c.state == InboxState.LEASED)
    found = session.scalars(query.order_by(inbox.c.id).with_for_update())
    return {row.id: row for row in found if row.lease_token and row.lease_token == tokens[row.id]}


_HELD = select(InboxMessage).where(inbox.c.id == bindparam("row"), inbox.c.state == InboxState.LEASED).with_for_update()


def held_row(session: Session, row_id: int, token: str) -> InboxMessage:
    """The leased row of that id, if the token is the one of its lease.

    Raises:
        RowGone: it is not; whoever asks has no business with it.
    """
    row: InboxMessage | None = session.scalars(_HELD, {"row": row_id}).first()
    if row is None or not token or row.lease_token != token:
        raise RowGone(row=row_id)
    return row


def finish(session: Session, row: InboxMessage, effect: Effect, now: datetime) -> None:
    """T3: puts what the speaker shall hear into the outbox and the row aside as done."""
    person = session.get(Person, row.person_id) if row.person_id else None
    for number, answer in enumerate(effect.answers):
        private = answer.private or row.room is None
        if private and person is None:
            continue
        post(
            session,
            OutboxMessage(
                f"i{row.id}:a{number}", row.channel, answer.template, dict(answer.facts), now,
                room=None if private else row.room, user=person.user if private and person else None,
                ticket_id=effect.ticket, reply_to=None if answer.private else (row.target or row.message), rank=0,
            ),
        )  # fmt: skip
    row.state, row.outcome, row.ticket_id = InboxState.DONE, effect.outcome, effect.ticket
    want_files(session, row)
    row.lease_owner, row.lease_until, row.lease_token = None, None, None


def give_back(row: InboxMessage, wall: datetime, *, count: bool = True, after: timedelta | None = None) -> bool:
    """Puts a row back for a later attempt; False when it had its last one (`count` says if this one counts).

    The attempt is made `after` so long, else the later the more of them there were.
    """
    row.attempts += 1 if count else 0
    if row.attempts >= MOST_ATTEMPTS:
        return False
    row.state, row.lease_owner, row.lease_until, row.lease_token = InboxState.PENDING, None, None, None
    row.retry_at = wall + (backoff(row.attempts) if after is None else after)
    return True


def backoff(attempts: int) -> timedelta:
    """The wait after so many failures."""
    return BACKOFF[min(max(attempts, 1), len(BACKOFF)) - 1]


def untake(session: Session, row_id: int, token: str) -> None:
    """Puts a row back as if it had not been taken: nothing was tried."""
    row: InboxMessage | None = session.get(InboxMessage, row_id, with_for_update=True)
    if row is not None and row.state is InboxState.LEASED and row.lease_token == token:
        row.state, row.lease_owner, row.lease_until, row.lease_token = InboxState.PENDING, None, None, None


def outcomes_of(session: Session, rows: Sequence[int]) -> list[tuple[str, Outcome, int]]:
    """How many of these rows came to what, by channel."""
    query = select(inbox.c.channel, inbox.c.outcome, func.count()).where(inbox.c.id.in_(rows))
    return [tuple(found) for found in session.execute(query.group_by(inbox.c.channel, inbox.c.outcome))]


def set_aside(row: InboxMessage) -> None:
    """Nothing came of it, for good; it stays on record as failed."""
    row.state, row.outcome = InboxState.FAILED, Outcome.FAILED
    row.lease_owner, row.lease_until, row.lease_token = None, None, None
