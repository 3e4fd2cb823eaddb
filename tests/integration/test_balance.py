"""The balance of a day: exactly one outcome each, also of what came twice, failed, was recalled or is not there any more."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from desk_driver import LI, QIAN, THREE, WU, ZHANG, Desk
from helpers_e2e import linli
from sqlalchemy import delete, select, text, update

from bot.texts import balance_words
from desk.domain.model import Community, InboxMessage, OutboxMessage, Room
from desk.domain.words import Act, InboxState, Outcome, Purpose
from desk.services import balance, mailroom
from desk.services.digest import Daily, check_balance, sum_of
from desk.services.schedule import do_due
from desk.storage.engine import open_engine, sqlite_url, transaction
from desk.storage.schema import prepare
from desk.storage.tables import communities, inbox, outbox

DAY = date(2026, 11, 22)


def arrival(desk: Desk, message: str, room: str | None = THREE, user: str | None = "r-li") -> mailroom.Arrival:
    return mailroom.Arrival("console", room, message, user, "李姐", "灯坏了", desk.now, direct=room is None)


def arrive(desk: Desk, message: str, room: str | None = THREE, **more: Any) -> None:
    with transaction(desk.engine) as session:
        mailroom.record_arrival(session, arrival(desk, message, room), desk.now, **more)


def of_day(desk: Desk, day: date = DAY) -> dict[str, balance.Balance]:
    with transaction(desk.engine) as session:
        return {one.room: one for _, one in balance.balances_of_day(session, day, desk.now)}


def counts(one: balance.Balance) -> dict[str, int]:
    assert one.difference == 0
    assert one.received == sum(one.outcomes.values())
    return {outcome.value: count for outcome, count in one.outcomes.items()}


def a_day(desk: Desk) -> None:
    """One message of every outcome there is."""
    desk.says(LI, "电梯坏了", category="elevator", message="m-filed")
    desk.says(ZHANG, "接1", Act.CLAIM, number=1)
    desk.says(QIAN, "我家也是", Act.SECOND, number=1)
    desk.says(LI, "1到哪了", Act.QUERY, number=1)
    desk.says(LI, "今天天气好", Act.CHITCHAT)
    arrive(desk, "m-filed")
    arrive(desk, "m-filed")
    arrive(desk, "m-pending")
    arrive(desk, "m-failed")
    with transaction(desk.engine) as session:
        failed = session.scalars(select(InboxMessage).where(inbox.c.message == "m-failed")).one()
        mailroom.set_aside(failed)


EVERY = {
    "filed": 1, "acted": 1, "supplement": 1, "answered": 1, "left_alone": 1, "duplicate": 2, "failed": 1, "pending": 1,
}  # fmt: skip


def test_every_outcome_is_counted_once(desk: Desk) -> None:
    a_day(desk)
    assert set(EVERY) == {outcome.value for outcome in Outcome}
    assert counts(of_day(desk)[THREE]) == EVERY
    assert of_day(desk)[THREE].received == 9


def test_rooms_and_private_chats_are_apart(desk: Desk) -> None:
    desk.says(LI, "电梯坏了", category="elevator")
    desk.says(LI, "你好", Act.CHITCHAT, room=None)
    desk.says(LI, "你好", Act.CHITCHAT, room="没登记的群")
    found = of_day(desk)
    assert {room: one.received for room, one in found.items()} == {THREE: 1, "": 1, "没登记的群": 1}
    assert found[""].community is not None  # the only one there is
    assert found["没登记的群"].community is None


def test_recalls_and_edits_are_messages_like_others(desk: Desk) -> None:
    said = desk.says(LI, "电梯坏了", category="elevator")
    desk.edits(LI, said.id, "电梯又坏了", category="elevator")
    desk.recalls(LI, said.id)
    lost = mailroom.Arrival(
        "console", THREE, "mX#recalled", None, "", "", desk.now, mailroom.MessageKind.RECALLED, target="mX"
    )
    for _ in range(2):
        with transaction(desk.engine) as session:
            mailroom.record_arrival(session, lost, desk.now)
    assert counts(of_day(desk)[THREE]) == {"filed": 1, "supplement": 1, "acted": 1, "left_alone": 1, "duplicate": 1}


def test_a_recall_of_what_had_filed_and_not_answered_yet_leaves_it_filed(desk: Desk) -> None:
    said = desk.says(LI, "电梯坏了", category="elevator")
    with transaction(desk.engine) as session:  # as if the process died between T2 and T3
        session.execute(
            update(inbox).where(inbox.c.id == said.row).values(state=InboxState.PENDING, outcome=Outcome.PENDING)
        )
    desk.recalls(LI, said.id)
    assert counts(of_day(desk)[THREE]) == {"filed": 1, "acted": 1}


def test_a_replay_counts_no_repeated_line(desk: Desk) -> None:
    arrive(desk, "m1")
    arrive(desk, "m1", count_repeated=False)
    assert counts(of_day(desk)[THREE]) == {"pending": 1}


def test_it_stays_right_when_texts_go_and_when_rows_go(desk: Desk) -> None:
    a_day(desk)
    with transaction(desk.engine) as session:
        session.execute(update(inbox).values(text="", attachments=[], reading=None, effect=None))
        old = select(inbox.c.id).where(inbox.c.outcome == Outcome.LEFT_ALONE)
        ids = list(session.scalars(old))
        balance.book_off(session, ids)
        session.execute(delete(inbox).where(inbox.c.id.in_(ids)))
    assert counts(of_day(desk)[THREE]) == EVERY


def test_a_row_that_goes_without_being_booked_off_is_a_difference(desk: Desk) -> None:
    a_day(desk)
    with transaction(desk.engine) as session:
        session.execute(delete(inbox).where(inbox.c.outcome == Outcome.LEFT_ALONE))
    assert of_day(desk)[THREE].difference == 1


@pytest.mark.parametrize(
    "values",
    [{"state": InboxState.DONE, "outcome": Outcome.PENDING}, {"state": InboxState.LEASED, "outcome": Outcome.FILED}],
)
def test_a_row_whose_state_and_outcome_contradict_each_other_is_a_difference(
    desk: Desk, values: dict[str, Any]
) -> None:
    arrive(desk, "m1")
    with transaction(desk.engine) as session:
        session.execute(update(inbox).values(values))
    assert of_day(desk)[THREE].difference == 1


def test_a_day_is_that_of_the_community(desk: Desk) -> None:
    desk.now = datetime(2026, 11, 22, 23, 59, 59, tzinfo=ZoneInfo("Asia/Shanghai"))
    arrive(desk, "m1")
    desk.now += timedelta(seconds=1)
    arrive(desk, "m2")
    assert of_day(desk)[THREE].received == 1
    assert of_day(desk, date(2026, 11, 23))[THREE].received == 1
    with transaction(desk.engine) as session:
        today = list(balance.balances_of_day(session, None, desk.now))
        before = list(balance.balances_of_day(session, None, desk.now, 1))
    assert [(str(day), one.received) for day, one in today + before] == [("2026-11-23", 1), ("2026-11-22", 1)]


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Australia/Adelaide", "America/St_Johns", "Pacific/Chatham"])
def test_zones_that_are_no_whole_hours_away(desk: Desk, zone: str) -> None:
    with transaction(desk.engine) as session:
        session.execute(update(communities).values(timezone=zone))
    desk.now = datetime(2026, 11, 22, 0, 0, tzinfo=ZoneInfo(zone))
    arrive(desk, "m1")
    desk.now -= timedelta(microseconds=1)
    arrive(desk, "m2")
    assert counts(of_day(desk)[THREE]) == {"pending": 1}
    assert counts(of_day(desk, date(2026, 11, 21))[THREE]) == {"pending": 1}


def test_every_community_has_its_own_day(desk: Desk) -> None:
    with transaction(desk.engine) as session:
        other = Community("9", "别处", "America/New_York")
        session.add(other)
        session.flush()
        session.add(Room(other.id, "console", "远群", Purpose.RESIDENTS))
    desk.now = datetime(2026, 11, 22, 8, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    arrive(desk, "m1")
    arrive(desk, "m2", "远群")
    assert list(of_day(desk)) == [THREE]
    assert list(of_day(desk, date(2026, 11, 21))) == ["远群"]


def test_an_offset_that_is_no_quarter_counts_all_the_same(desk: Desk) -> None:
    desk.now = datetime(2026, 11, 22, 9, 0, tzinfo=timezone(timedelta(hours=8, minutes=7)))
    arrive(desk, "m1")
    assert counts(of_day(desk)[THREE]) == {"pending": 1}


# --- the alarm


def alarms(desk: Desk) -> list[OutboxMessage]:
    with transaction(desk.engine) as session:
        return list(session.scalars(select(OutboxMessage).where(outbox.c.template == "alarm_balance")))


def test_a_difference_is_told_to_staff_once_a_day_a_room(desk: Desk) -> None:
    a_day(desk)
    with transaction(desk.engine) as session:
        assert check_balance(session, desk.now) == 0
        session.execute(delete(inbox).where(inbox.c.outcome == Outcome.LEFT_ALONE))
        assert check_balance(session, desk.now) == 1
        assert check_balance(session, desk.now) == 0
        assert check_balance(session, desk.now + timedelta(days=1)) == 0  # yesterday's was told
    (told,) = alarms(desk)
    assert (told.room, told.facts["room_title"], told.facts["difference"]) == ("工作群", THREE, 1)
    (spoken,) = desk.deliver()
    assert "三号楼群11月22日的消息对不上账" in spoken.text
    assert spoken.text.endswith("差1条。")


def test_the_running_gateway_looks_every_ten_minutes_and_a_replay_never(desk: Desk) -> None:
    arrive(desk, "m1")
    with transaction(desk.engine) as session:
        session.execute(delete(inbox))
        assert do_due(session, desk.now) == 0
        daily = Daily(None)
        daily.checked = desk.now - timedelta(minutes=9)
        assert do_due(session, desk.now, daily) == 0
        assert do_due(session, desk.now + timedelta(minutes=1), daily) == 1
        assert do_due(session, desk.now + timedelta(minutes=2), daily) == 0


# --- words and commands


def test_the_sentence_of_a_balance() -> None:
    one = balance.Balance("console", THREE, 1, 214, {Outcome.FILED: 12, Outcome.ACTED: 30, Outcome.LEFT_ALONE: 172})
    assert balance_words(sum_of([one])) == "收到214条：登记12，办理30，没打扰172。"
    assert (
        balance_words(sum_of([one, balance.Balance("console", "", 1, 2)]))
        == "收到216条：登记12，办理30，没打扰172，差2条。"
    )
    assert balance_words(sum_of([])) == "一条消息也没收到。"


def test_the_command_and_the_doctor(desk: Desk, tmp_path: Path) -> None:
    desk.now = datetime.now(timezone.utc)
    a_day(desk)
    url = desk.engine.url.render_as_string(hide_password=False)
    done = linli(tmp_path, "balance", "--format", "json", "--database-url", url)
    (row,) = json.loads(done.stdout)
    expected = {
        "channel": "console",
        "room": THREE,
        "received": 9,
        "difference": 0,
        "community": "220103001001",
        **EVERY,
    }
    assert expected.items() <= row.items()
    assert done.returncode == 0
    said = linli(tmp_path, "balance", "--database-url", url).stdout.decode()
    assert f"{THREE}（console） 收到9条：登记1，" in said
    assert linli(tmp_path, "balance", "--day", "2001-01-01", "--database-url", url).stdout == b""
    for wrong in (["--day", "gestern"], ["--format", "xlsx"]):
        done = linli(tmp_path, "balance", *wrong, "--database-url", url)
        assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)
    assert f"好  今天  {THREE}（console） 收到9条" in linli(tmp_path, "doctor", "--database-url", url).stdout.decode()
    with transaction(desk.engine) as session:
        session.execute(delete(inbox).where(inbox.c.outcome == Outcome.LEFT_ALONE))
    doctor = linli(tmp_path, "doctor", "--database-url", url)
    assert f"缺  今天  {THREE}（console）" in doctor.stdout.decode()
    assert doctor.returncode == 2


# --- the migration


def test_what_came_in_before_there_were_tallies_is_counted_when_the_schema_moves_up(tmp_path: Path) -> None:
    from test_schema import down_to

    from desk.storage.schema import upgrade

    engine = open_engine(sqlite_url(tmp_path / "old.db"))
    prepare(engine)
    desk = Desk(engine)
    for number in range(3):
        arrive(desk, f"m{number}", THREE if number else None)
    down_to(engine, "0002")
    upgrade(engine)
    with transaction(engine) as session:
        found = [one for _, one in balance.balances_of_day(session, DAY, desk.now)]
        assert Counter({one.room: one.received for one in found}) == {THREE: 2, "": 1}
        assert all(one.difference == 0 for one in found)
        assert session.execute(text("SELECT count(*) FROM tallies")).scalar() == 2
    engine.dispose()


def test_staff_see_private_chats_only_where_there_is_one_community(desk: Desk) -> None:
    desk.says(WU, "你好", Act.CHITCHAT, room=None)
    with transaction(desk.engine) as session:
        session.add(Community("9", "别处", "Asia/Shanghai"))
    with transaction(desk.engine) as session:
        assert [one.community for one in balance.balances(session, *balance.day_in("Asia/Shanghai", DAY))] == [None]
