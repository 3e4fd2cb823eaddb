"""Random people at random hours, in rooms with small budgets, hushed now and then, some without a private chat.

Whatever happens: never over budget, no silence broken, nothing unasked at night, emergencies at once, and every answer
heard in time.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from desk_driver import (
    CHEN,
    GUEST,
    HAO,
    HE,
    LI,
    NINE,
    QIAN,
    START,
    THREE,
    VOLUNTEERS,
    WU,
    ZHANG,
    ZHOU,
    Desk,
    Speaker,
    Spoken,
)
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from bot.texts import render
from desk.domain.manners import HOUR, LONGEST_WAIT, QUIET, night_until
from desk.domain.model import InboxMessage, OutboxMessage
from desk.domain.words import Act, OutboxState
from desk.services import delivery
from desk.services.manners import heard_at
from desk.services.room_manners import open_manners
from desk.services.scene import find_room
from desk.storage.engine import open_engine, sqlite_url, transaction
from desk.storage.tables import inbox, outbox

SHANGHAI = ZoneInfo("Asia/Shanghai")
BUDGETS = {THREE: 4, NINE: 6, VOLUNTEERS: 2}
UNREACHABLE = {GUEST.user, ZHOU.user}
"""They never spoke to the bot in private: what is sent there is refused for good."""
RESIDENTS = st.sampled_from([LI, QIAN, GUEST, ZHOU])
ROOMS = st.sampled_from([THREE, THREE, NINE])


@dataclass(frozen=True)
class Heard:
    """What was said in a room, when, and why."""

    id: int
    at: datetime
    room: str
    emergency: bool
    asked: bool


class PoliteDesk(Desk):
    """A desk whose private chats are not open to everybody, and that remembers when it said what in a room."""

    def __init__(self, path: Path) -> None:
        super().__init__(open_engine(sqlite_url(path)), START)
        self.heard: list[Heard] = []

    def deliver(self) -> tuple[Spoken, ...]:
        """In small batches, as the gateway does."""
        while True:
            with transaction(self.engine) as session:
                batch = delivery.due_out(session, "test", self.now, 3)
                for message in batch:
                    render(message.template, message.facts, heard_at(message), in_room=message.room is not None)
                    if message.user in UNREACHABLE:
                        delivery.mark_unsent(message, self.now, self.now, permanent=True)
                        continue
                    delivery.mark_sent(message, f"p{message.id}", self.now)
                    if message.room is not None:
                        self.heard.append(self._heard(session, message))
            if not batch:
                return ()

    def _heard(self, session: object, message: OutboxMessage) -> Heard:
        said_in = (
            session.get(InboxMessage, int(message.dedup_key[1:].split(":")[0])) if message.dedup_key[0] == "i" else None
        )  # type: ignore[attr-defined]
        asked = message.rank == 0 or (said_in is not None and said_in.room == message.room)
        emergency = message.facts.get("urgency") == "emergency"
        return Heard(message.id, self.now, message.room or "", emergency, asked)


class Manners(RuleBasedStateMachine):
    """Says things, lets time pass, and looks at all that was said so far."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.desk = PoliteDesk(Path(shutil.copy(self.template, Path(self.folder.name) / "linli.db")))
        self.hushes: list[tuple[str, datetime, datetime]] = []
        self.seen = 0
        for name, budget in BUDGETS.items():
            with transaction(self.desk.engine) as session:
                room = find_room(session, "console", name)
                assert room is not None
                open_manners(session, room).budget = budget

    @initialize(hours=st.sampled_from([0, 12.5, 13.5, 20]))
    def begins_at(self, hours: float) -> None:
        """In the morning, before the night, in it and before its end."""
        self.desk.now = START + timedelta(hours=hours)

    def teardown(self) -> None:
        self.desk.engine.dispose()
        self.folder.cleanup()

    @rule(
        who=RESIDENTS, room=ROOMS, count=st.integers(1, 5),
        kind=st.sampled_from(["service", "consult", "wish"]), urgency=st.sampled_from(["normal", "normal", "normal", "emergency"]),
        category=st.sampled_from(["noise", "elevator", "pets"]),
    )  # fmt: skip
    def reports(self, who: Speaker, room: str, count: int, **reading: str) -> None:
        for _ in range(count):
            self.desk.says(who, "有件事", room=room, **reading)
            self.desk.wait(seconds=2)

    @rule(who=RESIDENTS, room=ROOMS)
    def wishes(self, who: Speaker, room: str) -> None:
        self.desk.says(who, "想借个轮椅", room=room, kind="wish")

    @rule(who=RESIDENTS, room=ROOMS, act=st.sampled_from([Act.CHITCHAT, Act.QUERY, Act.HELP]))
    def asks(self, who: Speaker, room: str, act: Act) -> None:
        self.desk.says(who, "我的单呢", act, room=room, mentioned=True, listing="mine")

    @rule(who=st.sampled_from([WU, ZHANG]), room=ROOMS, data=st.data())
    def staff_talk(self, who: Speaker, room: str, data: st.DataObject) -> None:
        with transaction(self.desk.engine) as session:
            said = list(session.scalars(select(InboxMessage.message).where(inbox.c.room == room).limit(20)))  # type: ignore[attr-defined]
        self.desk.says(
            who, "我看看", Act.CHITCHAT, room=room, reply_to=data.draw(st.sampled_from(said)) if said else None
        )

    @rule(who=st.sampled_from([ZHANG, HAO, HE, CHEN]), act=st.sampled_from([Act.CLAIM, Act.FINISH, Act.RELEASE]),
          number=st.integers(1, 4), room=st.sampled_from([THREE, NINE, VOLUNTEERS]))  # fmt: skip
    def works(self, who: Speaker, act: Act, number: int, room: str) -> None:
        self.desk.says(who, "办这个", act, room=room, number=number)

    @rule(room=ROOMS, word=st.sampled_from(["hush", "hush", "speak"]))
    def hushes_or_not(self, room: str, word: str) -> None:
        now = self.desk.now
        self.hushes = [(r, a, min(b, now) if r == room else b) for r, a, b in self.hushes]
        if word == "hush":
            self.hushes.append((room, now, now + HOUR))
        self.desk.says(WU, "安静", Act.MANAGE, room=room, manage=word)

    @rule(minutes=st.sampled_from([0.2, 1, 5, 25, 70, 600]))
    def wait(self, minutes: float) -> None:
        self.desk.wait(minutes=minutes)

    @invariant()
    def what_was_said_was_fit_to_say(self) -> None:
        for number in range(self.seen, len(self.desk.heard)):
            said = self.desk.heard[number]
            if said.emergency or said.room not in BUDGETS:
                continue
            lately = [one for one in self.desk.heard[:number] if one.room == said.room and one.at > said.at - HOUR]
            assert len(lately) < BUDGETS[said.room], f"over budget: {said}"
            assert not any(r == said.room and a <= said.at < b for r, a, b in self.hushes), f"in a silence: {said}"
            assert said.asked or night_until(said.at, QUIET, SHANGHAI) is None, f"unasked at night: {said}"
        self.seen = len(self.desk.heard)

    @invariant()
    def nothing_is_lost_and_emergencies_are_at_once(self) -> None:
        with transaction(self.desk.engine) as session:
            for message in session.scalars(select(OutboxMessage).order_by(outbox.c.id)):
                emergency = message.facts.get("urgency") == "emergency"
                if message.rank == 0:
                    assert message.state in (OutboxState.SENT, OutboxState.JOINED, OutboxState.PENDING), (
                        message.dedup_key
                    )
                    waits = message.state is OutboxState.PENDING
                    assert not waits or message.created_at > self._latest(message), f"late: {message.dedup_key}"
                if emergency and message.rank == 0:
                    assert message.sent_at == message.created_at, message.dedup_key
                if message.state is OutboxState.JOINED:
                    assert self._said_by_another(session, message), message.dedup_key

    def _latest(self, message: OutboxMessage) -> datetime:
        """An answer waits for people for an hour, for the hour's budget another, and as long as staff want silence."""
        silence = sum((b - a for r, a, b in self.hushes if r == message.room), timedelta())
        return self.desk.now - LONGEST_WAIT - HOUR - silence

    def _said_by_another(self, session: object, message: OutboxMessage) -> bool:
        joint = session.scalars(  # type: ignore[attr-defined]
            select(OutboxMessage).where(
                outbox.c.template.in_(["joint_answers", "joint_news"]), outbox.c.room == message.room
            )
        )
        lines = [line for one in joint for line in one.facts["lines"]]
        return {"template": message.template, "facts": dict(message.facts)} in lines


def test_a_guest_behaves_whatever_the_neighbours_do(sqlite_templates: dict[bool, Path]) -> None:
    Manners.template = sqlite_templates[True]
    run_state_machine_as_test(
        Manners,
        settings=settings(max_examples=12, stateful_step_count=12, suppress_health_check=list(HealthCheck)),
    )
