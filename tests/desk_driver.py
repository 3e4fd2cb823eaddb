"""Talks to the desk without Rasa, so that tests read like conversations.

    said = desk.says(LI, "三号楼电梯坏了", category="elevator", place={"building": "3"})
    desk.says(ZHANG, "接单", act=Act.CLAIM, number=1)
    desk.state(1)

A message goes the way it goes in production (taken in, leased, its scene opened, done, finished, delivered), each step
in its own transaction; only the reading is given instead of read. Whatever is said is rendered, so that a fact that a
sentence needs cannot be missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from bot.texts import render
from desk.domain.model import Community, InboxMessage, OutboxMessage, Ticket
from desk.domain.replies import NOTHING, Effect
from desk.domain.words import Act, MessageKind, State
from desk.services import delivery, mailroom, schedule
from desk.services.ledger import ticket_row
from desk.services.managing import do_manage_nowhere
from desk.services.perform import answer_place, perform
from desk.services.records import derived_state, events_of
from desk.services.revising import do_edit, do_recall
from desk.services.scene import open_scene
from desk.storage.engine import transaction
from desk.storage.tables import communities, outbox, tickets

REGISTER = """\
community: {code: "220103001001", name: 幸福里社区, timezone: Asia/Shanghai}
members:
  - {id: zhang, name: 张伟, role: officer, identities: [{channel: console, user: u-zhang}]}
  - {id: liu, name: 刘洋, role: officer, identities: [{channel: console, user: u-liu}]}
  - {id: hao, name: 郝强, role: resident, identities: [{channel: console, user: u-hao}]}
  - {id: he, name: 何大勇, role: volunteer, identities: [{channel: console, user: u-he}]}
  - {id: ma, name: 马丽娟, role: volunteer, identities: [{channel: console, user: u-ma}]}
  - id: chen
    name: 陈静
    role: volunteer
    identities: [{channel: console, user: u-chen}, {channel: wechat, user: w-chen}]
  - {id: sun, name: 孙玉芬, role: leader, identities: [{channel: console, user: u-sun}]}
  - {id: wu, name: 吴敏, role: staff, identities: [{channel: console, user: u-wu}]}
  - {id: wuye, name: 幸福物业, role: department, identities: [{channel: console, user: u-wuye}]}
  - {id: ranqi, name: 燃气公司, role: department}
grids:
  - {code: g1, name: 第一网格, officer: zhang, helpers: [hao], leaders: {"3": sun},
     covers: [{estate: 幸福里, buildings: 1-6}]}
  - {code: g2, name: 第二网格, officer: liu, helpers: [ma], covers: [{estate: 幸福里, buildings: 7-12}]}
rooms:
  - {channel: console, id: 三号楼群, purpose: residents, grid: g1}
  - {channel: console, id: 九号楼群, purpose: residents, grid: g2}
  - {channel: console, id: 大群, purpose: residents}
  - {channel: console, id: 志愿者群, purpose: volunteers}
  - {channel: console, id: 工作群, purpose: staff}
aliases:
  - {name: 老王家楼下, estate: 幸福里, building: "8", unit: "1"}
"""
"""Two grids of one estate, everybody who can do anything, and a room for each purpose."""

THREE, NINE, EVERYBODY, VOLUNTEERS, STAFF = "三号楼群", "九号楼群", "大群", "志愿者群", "工作群"
START = datetime(2026, 11, 22, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))

TITLES: Mapping[str | None, Mapping[str, str]] = {
    THREE: {"building": "3"}, NINE: {"building": "9"}, EVERYBODY: {}, VOLUNTEERS: {}, STAFF: {}, None: {},
}  # fmt: skip
"""What the titles of the rooms say of a place."""


@dataclass(frozen=True)
class Speaker:
    """An account, and the place that its display name says."""

    user: str
    name: str
    home: Mapping[str, str] = field(default_factory=dict)
    channel: str = "console"


LI = Speaker("r-li", "3-2-501 李姐", {"building": "3", "unit": "2", "room": "501"})
QIAN = Speaker("r-qian", "3-1-102 钱叔", {"building": "3", "unit": "1", "room": "102"})
ZHOU = Speaker("r-zhou", "9-1-301 周", {"building": "9", "unit": "1", "room": "301"})
GUEST = Speaker("r-guest", "云淡风轻")
ZHANG, LIU, HAO = Speaker("u-zhang", "网格员张"), Speaker("u-liu", "网格员刘"), Speaker("u-hao", "郝")
HE, MA, CHEN = Speaker("u-he", "大勇"), Speaker("u-ma", "丽娟"), Speaker("u-chen", "小陈")
CHEN_ON_WECHAT = Speaker("w-chen", "静静", channel="wechat")
SUN, WU, WUYE = Speaker("u-sun", "孙楼长"), Speaker("u-wu", "社区吴"), Speaker("u-wuye", "物业")


@dataclass(frozen=True)
class Spoken:
    """Something the bot said: to a room or to a user."""

    template: str
    text: str
    room: str | None
    user: str | None
    reply_to: str | None
    ticket: int | None
    facts: Mapping[str, Any]

    @property
    def to(self) -> str:
        """Where it was heard."""
        return self.room or f"@{self.user}"


@dataclass(frozen=True)
class Said:
    """A message and what came of it."""

    id: str
    row: int
    effect: Effect | None
    heard: tuple[Spoken, ...]

    @property
    def outcome(self) -> str:
        """In a word; `nowhere` where the bot has no business."""
        return self.effect.outcome.value if self.effect else "nowhere"

    @property
    def answers(self) -> list[str]:
        """The templates of what its speaker hears."""
        return [answer.template for answer in self.effect.answers] if self.effect else []

    @property
    def told(self) -> list[tuple[str, str]]:
        """Everything said in the wake of it: (template, where)."""
        return [(spoken.template, spoken.to) for spoken in self.heard]


class Desk:
    """One desk with its own clock, which only the test moves."""

    def __init__(self, engine: Engine, now: datetime = START) -> None:
        self.engine = engine
        self.now = now
        self._count = 0

    # --- talking

    def says(
        self, who: Speaker, text: str, act: Act = Act.REPORT, *, room: str | None = THREE, reply_to: str | None = None,
        about: str | None = None, mentioned: bool = False, message: str | None = None,
        attachments: Iterable[dict[str, Any]] = (), **reading: Any,
    ) -> Said:  # fmt: skip
        """Somebody says something in a room, or with `room=None` in private; `about` is a reply to the bot."""
        arrival = mailroom.Arrival(
            who.channel, room, message or self._next_id(), who.user, who.name, text, self.now, reply_to=reply_to,
            reply_to_bot_about=about, direct=room is None, mentioned=mentioned, attachments=tuple(attachments),
        )  # fmt: skip
        return self.hears(arrival, act, self.reading(who, room, text, act, **reading))

    def edits(self, who: Speaker, target: str, text: str, *, room: str | None = THREE, **reading: Any) -> Said:
        """Somebody changes a message."""
        arrival = self._about(who, target, text, room, MessageKind.EDITED)
        return self.hears(arrival, Act.REPORT, self.reading(who, room, text, Act.REPORT, **reading))

    def recalls(self, who: Speaker, target: str, *, room: str | None = THREE) -> Said:
        """Somebody takes a message back."""
        return self.hears(self._about(who, target, "", room, MessageKind.RECALLED), Act.CHITCHAT, {})

    def reading(self, who: Speaker, room: str | None, text: str, act: Act, **given: Any) -> dict[str, Any]:
        """A reading as the gateway makes them, with what the test says of it."""
        usual = {
            "act": act.value, "confidence": 1.0, "kind": "service", "category": "other", "urgency": "normal",
            "place": {}, "sender_place": dict(who.home), "room_place": dict(TITLES.get(room, {})),
            "summary": text[:120],
        }  # fmt: skip
        return {**usual, **given}

    def hears(self, arrival: mailroom.Arrival, act: Act, reading: dict[str, Any]) -> Said:
        """T1, T2, T3 and delivery, each in its own transaction."""
        with transaction(self.engine) as session:
            row = mailroom.record_arrival(session, arrival, self.now)
            if row is None:
                return Said(arrival.message, 0, None, ())
            mailroom.take(row, "test", self.now)
        with transaction(self.engine) as session:
            held = mailroom.held_row(session, row.id, row.lease_token or "")
            held.reading = reading
            effect = self._done(session, held, act)
        with transaction(self.engine) as session:
            held = mailroom.held_row(session, row.id, row.lease_token or "")
            mailroom.finish(session, held, effect or NOTHING, self.now)
        return Said(arrival.message, row.id, effect, self.deliver())

    def _done(self, session: Session, row: InboxMessage, act: Act) -> Effect | None:
        scene = open_scene(session, row, row.received_at)
        if row.kind is MessageKind.RECALLED:
            return do_recall(session, row, scene)
        if scene is None:
            return do_manage_nowhere(session, row) if act is Act.MANAGE else None
        edited = do_edit(session, scene) if row.kind is MessageKind.EDITED else None
        if edited is not None:
            return edited
        # What `bot.routing` decides: words that are no other matter may answer an open question.
        answered = answer_place(session, scene) if act is Act.CHITCHAT else None
        return answered or perform(session, scene, act)

    def _about(self, who: Speaker, target: str, text: str, room: str | None, kind: MessageKind) -> mailroom.Arrival:
        return mailroom.Arrival(
            who.channel, room, f"{target}#{kind.value}{self._next_id()}", who.user, who.name, text, self.now, kind,
            direct=room is None, target=target,
        )  # fmt: skip

    def _next_id(self) -> str:
        self._count += 1
        return f"m{self._count}"

    # --- hearing

    def deliver(self) -> tuple[Spoken, ...]:
        """Sends whatever waits; the provider's id of a message is `p` and its number."""
        spoken = []
        with transaction(self.engine) as session:
            for message in delivery.due_out(session, "test", self.now, 100_000):
                spoken.append(self._spoken(session, message))
                delivery.mark_sent(message, f"p{message.id}", self.now)
        return tuple(spoken)

    def _spoken(self, session: Session, message: OutboxMessage) -> Spoken:
        if message.room is not None:  # holds of everything that any test makes the desk say
            assert not message.facts.get("requester"), f"{message.template} names the requester in {message.room}"
            assert not (message.facts.get("place") or {}).get("room"), f"{message.template} names a door"
            assert "detail" not in message.facts, f"{message.template} passes words on in {message.room}"
        text = render(message.template, message.facts, self.now, in_room=message.room is not None)
        code = delivery.code_of(session, message)
        return Spoken(
            message.template,
            text,
            message.room,
            message.user,
            message.reply_to,
            int(code) if code else None,
            message.facts,
        )

    def cards(self, number: int, template: str) -> list[str]:
        """The provider's ids of what was said of a ticket with a template."""
        query = select(OutboxMessage).join(Ticket, outbox.c.ticket_id == tickets.c.id)
        with transaction(self.engine) as session:
            found = session.scalars(query.where(tickets.c.number == number, outbox.c.template == template))
            return [str(message.provider_message) for message in found]

    # --- time

    def wait(self, **length: float) -> list[tuple[str, str]]:
        """Time passes; what falls due in between happens at its own moment. What was said by itself."""
        until = self.now + timedelta(**length)
        told: list[tuple[str, str]] = []
        while (moment := self._next_due(until)) is not None:
            self.now = moment
            told += self.fire()
        self.now = until
        return told

    def fire(self) -> list[tuple[str, str]]:
        """Does what is due right now."""
        with transaction(self.engine) as session:
            schedule.do_due(session, self.now)
        return [(spoken.template, spoken.to) for spoken in self.deliver()]

    def _next_due(self, until: datetime) -> datetime | None:
        with transaction(self.engine) as session:
            return schedule.next_due(session, self.now, until)

    # --- looking

    def ticket(self, number: int, community: str | None = None) -> dict[str, Any]:
        """A ticket as the ledger has it."""
        query = select(Ticket, Community).join(Community, tickets.c.community_id == communities.c.id)
        query = query.where(tickets.c.number == number)
        with transaction(self.engine) as session:
            found = session.execute(query.where(communities.c.code == community) if community else query).one()
            return ticket_row(session, *found)

    def numbers(self) -> list[int]:
        """All numbers, in order."""
        with transaction(self.engine) as session:
            return list(session.scalars(select(tickets.c.number).order_by(tickets.c.community_id, tickets.c.number)))

    def state(self, number: int) -> str:
        """The state of a ticket; it must be the one that its record says."""
        with transaction(self.engine) as session:
            ticket = session.scalars(select(Ticket).where(tickets.c.number == number)).one()
            derived = derived_state(events_of(session, ticket))
            assert ticket.state is derived, f"{ticket.state} is stored, {derived} is on record"
            return State(ticket.state).value

    def kinds(self, number: int) -> list[str]:
        """The kinds of a ticket's events."""
        return [event["kind"] for event in self.ticket(number)["events"]]

    def assignee(self, number: int) -> str | None:
        """The member who has it."""
        found = self.ticket(number)["assignee"]
        return found["id"] if found else None


def utc(moment: datetime) -> datetime:
    """As the database keeps it."""
    return moment.astimezone(timezone.utc)


def with_user(who: Speaker, user: str) -> Speaker:
    """Somebody of the same name on another account."""
    return replace(who, user=user)
