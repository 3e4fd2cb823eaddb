"""A batch of a chat: what is left alone shares a transaction, and everything comes out as if each were by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from helpers_e2e import TableDialogue, import_registers, ledger_of, parse, prepared, rows_of
from sqlalchemy import event, update
from sqlalchemy.engine import Engine

from bot.channels.contract import Outgoing, Receipt
from bot.gateway import live, together
from bot.gateway.handle import Handler
from bot.gateway.live import Gateway
from desk.domain.errors import DatabaseAway
from desk.services.mailroom import Arrival
from desk.storage.engine import sqlite_url, transaction
from desk.storage.tables import inbox

ROOM, STAFF = "桂花苑邻里群", "临江工作群"
LAMP = "单元门口的路灯不亮"
TABLE = {LAMP: parse("report", category="public_facility"), "3号楼电梯又坏了": parse("report", category="elevator")}


class Heard:
    """A channel that takes everything."""

    def send(self, message: Outgoing) -> Receipt:
        return Receipt()


@pytest.fixture
def database(tmp_path: Any) -> Iterator[Engine]:
    engine = prepared(sqlite_url(tmp_path / "linli.db"))
    import_registers(engine)
    yield engine
    engine.dispose()


def gateway(database: Engine) -> Gateway:
    return Gateway(database, TableDialogue(database, TABLE), {"console": Heard()}, 0.82)


def said(taken: Gateway, *texts: str, user: str = "a{}", **more: Any) -> None:
    now = datetime.now(timezone.utc)
    for number, text in enumerate(texts):
        who = user.format(number)
        taken.take_in(Arrival("console", ROOM, f"m{number}", who, f"8-1-30{number} {who}", text, now, **more))


def commits(database: Engine) -> list[int]:
    counted = [0]
    event.listen(database, "commit", lambda _connection: counted.__setitem__(0, counted[0] + 1))
    return counted


def outcomes(database: Engine) -> list[tuple[str, str, str]]:
    return [(row["message"], str(row["state"].value), str(row["outcome"].value)) for row in rows_of(database, "inbox")]


CHAT = ["早上好呀大家", "今天天气真不错啊", LAMP, "中午吃什么好呢", "晚上要下雨了吧", "接1", "周末一起去爬山"]


def test_a_batch_comes_to_what_its_messages_come_to_one_by_one(database: Engine, tmp_path: Any) -> None:
    together_ = gateway(database)
    said(together_, *CHAT)
    while together_.turn():
        pass
    alone = prepared(sqlite_url(tmp_path / "alone.db"))
    import_registers(alone)
    one = gateway(alone)
    now = datetime.now(timezone.utc)
    for number, text in enumerate(CHAT):
        one.take_in(Arrival("console", ROOM, f"m{number}", f"a{number}", f"8-1-30{number} a{number}", text, now))
        one.turn()
    assert outcomes(database) == outcomes(alone)
    assert [row["outcome"].value for row in rows_of(database, "inbox")][2] == "filed"
    assert [row["summary"] for row in ledger_of(database)] == [row["summary"] for row in ledger_of(alone)]
    keys = [[row["dedup_key"] for row in rows_of(engine, "outbox")] for engine in (database, alone)]
    assert keys[0] == keys[1] != []
    alone.dispose()


def test_chatter_shares_a_transaction(database: Engine) -> None:
    taken = gateway(database)
    taken.turn()  # the first one looks after things
    said(taken, *[f"今天的第{number}句闲话说来话长啊" for number in range(2 * together.GROUP)])
    counted = commits(database)
    taken.turn()
    assert counted[0] == 1 + 2  # lease, two groups
    assert {state for _, state, _ in outcomes(database)} == {"done"}


def test_lines_of_one_matter_within_a_batch_are_still_one_report(database: Engine) -> None:
    TABLE["3号楼，电梯，又坏了"] = parse("report", category="elevator")
    for text in ("3号楼", "电梯", "又坏了"):
        TABLE[text] = parse("chitchat", 0.4)
    taken = gateway(database)
    said(taken, "3号楼", "电梯", "又坏了", user="a1")
    taken.turn()
    assert len(ledger_of(database)) == 1
    assert [outcome for _, _, outcome in outcomes(database)] == ["supplement", "supplement", "filed"]


def test_one_that_breaks_takes_nobody_with_it(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = gateway(database)
    said(taken, *CHAT)
    route_row = Handler.route_row

    def breaks(self: Handler, session: Any, row: Any, *more: Any) -> Any:
        if row.message == "m1":
            raise ZeroDivisionError
        return route_row(self, session, row, *more)

    monkeypatch.setattr(Handler, "route_row", breaks)
    taken.turn()
    found = {message: (state, outcome) for message, state, outcome in outcomes(database)}
    assert found.pop("m1") == ("pending", "pending")  # later again, counted
    assert {state for state, _ in found.values()} == {"done"}
    assert len(ledger_of(database)) == 1


def test_a_group_is_done_as_a_whole_or_not_at_all(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = gateway(database)
    said(taken, *CHAT[:2])
    route_row = Handler.route_row

    def goes_away(self: Handler, session: Any, row: Any, *more: Any) -> Any:
        if row.message == "m1":
            raise DatabaseAway(reason="away")
        return route_row(self, session, row, *more)

    monkeypatch.setattr(Handler, "route_row", goes_away)
    with pytest.raises(DatabaseAway):
        taken.turn()
    assert [state for _, state, _ in outcomes(database)] == ["leased", "leased"]
    monkeypatch.setattr(Handler, "route_row", route_row)
    with transaction(database) as session:
        session.execute(update(inbox).values(state="pending", lease_until=None))
    taken.turn()
    assert [state for _, state, _ in outcomes(database)] == ["done", "done"]


def test_who_was_taken_over_in_between_is_left_to_who_took_him(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = gateway(database)
    said(taken, *CHAT[:2], LAMP)
    read = Handler.read

    def slow(self: Handler, texts: Any) -> Any:
        with transaction(database) as session:
            session.execute(update(inbox).where(inbox.c.message == "m1").values(lease_token="another"))
        return read(self, texts)

    monkeypatch.setattr(Handler, "read", slow)
    taken.turn()
    assert [state for _, state, _ in outcomes(database)] == ["done", "leased", "done"]
    assert len(ledger_of(database)) == 1


def test_a_batch_is_short_enough_that_its_leases_hold() -> None:
    assert live.BATCH <= 50
