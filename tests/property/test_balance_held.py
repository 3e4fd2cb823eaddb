"""Random streams with duplicates, recalls, edits and failures: what came in is the sum of what became of it, always."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from crash_driver import opened
from helpers_e2e import TableDialogue, import_registers, parse, prepared, wipe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.engine import Engine

from bot.channels.contract import Outgoing, Receipt
from bot.dialogue.contract import DialogueAway, Parse, Talk
from bot.gateway.live import Gateway
from desk.domain.model import InboxMessage
from desk.domain.replies import Effect
from desk.domain.words import InboxState, MessageKind, Outcome
from desk.services.balance import balances, book_off, quarter_of
from desk.services.mailroom import Arrival
from desk.storage.engine import sqlite_url, transaction
from desk.storage.tables import inbox

pytestmark = pytest.mark.slow

TABLE = {
    "单元门口的路灯不亮": parse("report", category="public_facility"),
    "3号楼电梯停了": parse("report", category="elevator"),
    "想借一台轮椅": parse("report", kind="wish", category="elder_care"),
    "这事还没个说法": parse("urge", 0.8),
    "3号楼": parse("chitchat", 0.6),
}
TEXTS = [*TABLE, "接1", "办结1", "满意", "1到哪了", "我的单", "帮助", "早上好", ""]
ROOMS = ["桂花苑邻里群", "临江工作群", "没登记的群", None]
USERS = ["a1", "u-shen", "u-fang"]


class Failing(TableDialogue):
    """Fails as the stream says: breaks on the message itself, is away, or gives no answer."""

    def __init__(self, engine: Engine, faults: Iterator[str]) -> None:
        super().__init__(engine, TABLE)
        self._faults = faults

    def read(self, texts: Any) -> list[Parse]:
        if next(self._faults) == "away":
            raise DialogueAway("away")
        return super().read(texts)

    def say(self, talk: Talk) -> Effect | None:
        fault = next(self._faults)
        if fault == "broken":
            raise RuntimeError("broken on this message")
        if fault == "away":
            raise DialogueAway("away")
        done = super().say(talk)
        return None if fault == "silent" else done


class Deaf:
    """A channel that takes everything."""

    def send(self, message: Outgoing) -> Receipt:
        return Receipt()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    url = sqlite_url(tmp_path_factory.mktemp("balance") / "linli.db")
    prepared(url).dispose()
    engine = opened(url)
    yield engine
    engine.dispose()


STEP = st.tuples(
    st.sampled_from(["say", "say", "say", "again", "recall", "edit", "lost", "turn", "purge"]),
    st.integers(0, 7), st.sampled_from(TEXTS), st.sampled_from(ROOMS), st.sampled_from(USERS),
)  # fmt: skip


def arrival_of(step: tuple[str, int, str, str | None, str], number: int) -> Arrival:
    what, target, text, room, user = step
    now = datetime.now(timezone.utc)
    if what in ("recall", "edit", "lost"):
        kind = MessageKind.EDITED if what == "edit" else MessageKind.RECALLED
        name = f"m{target}" if what != "lost" else "nobody"
        return Arrival(
            "console", room, f"{name}#{kind.value}", None, "", text if what == "edit" else "", now, kind, target=name
        )
    photo = () if text else ({"kind": "photo", "name": ""},)
    return Arrival("console", room, f"m{number % 8}", user, user, text, now, direct=room is None, attachments=photo)


@settings(max_examples=40, suppress_health_check=list(HealthCheck), print_blob=True)
@given(
    steps=st.lists(STEP, min_size=1, max_size=25),
    faults=st.lists(st.sampled_from(["", "", "", "broken", "away", "silent"]), max_size=40),
)
def test_received_is_the_sum_at_every_moment(
    database: Engine, steps: list[tuple[str, int, str, str | None, str]], faults: list[str]
) -> None:
    wipe(database)
    import_registers(database)
    endless = iter([*faults, *[""] * 10_000])
    gateway = Gateway(database, Failing(database, endless), {"console": Deaf()}, 0.82)
    handed: Counter[str] = Counter()
    begin = quarter_of(datetime.now(timezone.utc))
    for number, step in enumerate(steps):
        if step[0] == "turn":
            turn(database, gateway)
        elif step[0] == "purge":
            purge(database)
        else:
            gateway.take_in(arrival_of(step, number))
            handed["all"] += 1
        check(database, begin, handed["all"])
    for _ in range(6):
        turn(database, gateway)
    check(database, begin, handed["all"], settled=True)


def turn(engine: Engine, gateway: Gateway) -> None:
    """One round; what waits for a later attempt gets it now."""
    with transaction(engine) as session:
        session.execute(update(inbox).values(retry_at=None))
    gateway.turn()


def purge(engine: Engine) -> None:
    """What was left alone goes, as it may after a day: it is booked off first."""
    with transaction(engine) as session:
        rows = list(session.scalars(select(InboxMessage).where(inbox.c.outcome == Outcome.LEFT_ALONE)))
        gone = [row for row in rows if row.state is InboxState.DONE]
        book_off(session, [row.id for row in gone])
        for row in gone:
            session.delete(row)


def check(engine: Engine, begin: datetime, handed: int, *, settled: bool = False) -> None:
    with transaction(engine) as session:
        found = balances(session, begin, begin + timedelta(days=1))
    assert [one.difference for one in found] == [0] * len(found), found
    assert sum(one.received for one in found) == handed
    if settled:
        assert not any(Outcome.PENDING in one.outcomes for one in found), found
