"""The staff's digest: once a day, on its time, where there is something to say, and never in a replay."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from desk_driver import EVERYBODY, LI, QIAN, STAFF, START, ZHANG, Desk, Spoken

from bot.settings import SettingInvalid, read_settings
from desk.domain.model import Community, Room
from desk.domain.words import Act, Purpose
from desk.services.digest import Daily
from desk.services.schedule import do_due
from desk.storage.engine import transaction

SIX = datetime(2026, 11, 22, 18, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def digests(desk: Desk, now: datetime, daily: Daily | None = None) -> list[Spoken]:
    """What the gateway's schedule says of the day at a time."""
    desk.now = now
    with transaction(desk.engine) as session:
        do_due(session, now, daily or Daily(time(18, 0)))
    return [said for said in desk.deliver() if said.template.startswith("digest")]


def test_the_figures_of_a_day(desk: Desk) -> None:
    for number in range(5):
        desk.now = START + timedelta(minutes=number)
        desk.says(LI, f"第{number}件事", category=["noise", "pets", "elevator", "utilities", "sanitation"][number])
    desk.says(ZHANG, "办结2", Act.FINISH, number=2)
    desk.says(QIAN, "早", Act.CHITCHAT, room=EVERYBODY)
    (said,) = digests(desk, SIX)
    assert (said.room, said.template) == (STAFF, "digest")
    lines = said.text.split("\n")
    assert lines[0] == "日报（到今天18:00）：办结1单，没办4单，其中超时0单。"
    assert lines[1] == "收到7条：登记5，办理1，没打扰1。"
    assert [line.split()[0] for line in lines[3:]] == ["1", "3", "4"]  # the oldest three, the finished one not
    assert "3-2-501" not in said.text
    assert "李" not in said.text


def test_once_a_day_whoever_asks_and_however_often(desk: Desk) -> None:
    desk.says(LI, "电梯坏了", category="elevator")
    daily = Daily(time(18, 0))
    assert digests(desk, SIX - timedelta(seconds=1), daily) == []
    assert len(digests(desk, SIX, daily)) == 1
    assert digests(desk, SIX + timedelta(seconds=20), daily) == []
    assert digests(desk, SIX + timedelta(hours=1)) == []  # another gateway, or this one after a restart
    assert len(digests(desk, SIX + timedelta(days=1), daily)) == 1


def test_what_is_said_in_the_evening_is_in_tomorrows(desk: Desk) -> None:
    desk.now = SIX + timedelta(hours=2)
    desk.says(LI, "晚上好", Act.CHITCHAT)
    (said,) = digests(desk, SIX + timedelta(days=1))
    assert "收到1条：没打扰1。" in said.text
    assert "手上没有没办的" in said.text


def test_nothing_is_said_where_nothing_was(desk: Desk) -> None:
    daily = Daily(time(18, 0))
    assert digests(desk, SIX, daily) == []
    assert digests(desk, SIX + timedelta(minutes=1), daily) == []
    desk.now = SIX + timedelta(minutes=2)
    desk.says(LI, "电梯坏了", category="elevator")
    assert digests(desk, SIX + timedelta(minutes=3), daily) == []
    assert len(digests(desk, SIX + timedelta(days=1), daily)) == 1
    assert "收到" not in "".join(said.text for said in digests(desk, SIX + timedelta(days=1), daily))


def test_a_day_without_messages_but_with_open_tickets_is_told(desk: Desk) -> None:
    desk.says(LI, "电梯坏了", category="elevator")
    (said,) = digests(desk, SIX + timedelta(days=8))
    assert "一条消息也没收到" in said.text
    assert "其中超时1单" in said.text


def test_what_is_too_late_is_left_to_the_next_one(desk: Desk) -> None:
    desk.says(LI, "电梯坏了", category="elevator")
    assert digests(desk, SIX + timedelta(hours=7)) == []
    assert len(digests(desk, SIX + timedelta(hours=5))) == 1


def test_each_community_its_own_figures_at_its_own_time(desk: Desk) -> None:
    with transaction(desk.engine) as session:
        far = Community("9", "别处", "Asia/Tokyo")
        session.add(far)
        session.flush()
        session.add_all([
            Room(far.id, "console", "远群", Purpose.RESIDENTS), Room(far.id, "wechat", "远工作群", Purpose.STAFF),
            Room(far.id, "console", "远工作二群", Purpose.STAFF), Room(far.id, "console", "旧群", Purpose.STAFF, retired=True),
        ])  # fmt: skip
    desk.says(LI, "你好", Act.CHITCHAT, room="远群")
    desk.says(LI, "电梯坏了", category="elevator")
    assert sorted(said.to for said in digests(desk, SIX - timedelta(hours=1))) == ["远工作二群", "远工作群"]
    (said,) = digests(desk, SIX)
    assert said.room == STAFF
    assert "收到1条：登记1。" in said.text


def test_none_when_it_is_off_and_none_in_a_replay(desk: Desk) -> None:
    desk.says(LI, "电梯坏了", category="elevator")
    assert digests(desk, SIX, Daily(None)) == []
    with transaction(desk.engine) as session:
        do_due(session, SIX)
    assert desk.deliver() == ()


@pytest.mark.parametrize(
    ("value", "at"), [(None, time(18)), ("", time(18)), ("07:15", time(7, 15)), ("0:00", time(0)), ("-", None)]
)
def test_the_setting(value: str | None, at: time | None) -> None:
    assert read_settings({"LINLI_DIGEST": value} if value is not None else {}).digest_at == at


@pytest.mark.parametrize("value", ["18", "24:00", "18:07", "六点", "18:00:00", "off"])
def test_a_setting_that_makes_no_sense(value: str) -> None:
    with pytest.raises(SettingInvalid) as error:
        read_settings({"LINLI_DIGEST": value})
    assert error.value.name == "LINLI_DIGEST"
