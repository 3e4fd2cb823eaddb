"""Who sees what: one ticket, lists, and figures."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from desk_driver import (
    CHEN,
    CHEN_ON_WECHAT,
    EVERYBODY,
    GUEST,
    HAO,
    HE,
    LI,
    LIU,
    MA,
    NINE,
    QIAN,
    STAFF,
    START,
    WU,
    WUYE,
    ZHANG,
    ZHOU,
    Desk,
    Said,
    Speaker,
)  # fmt: skip

from desk.domain.words import Act
from desk.services.asking import LONGEST_LIST, grid_number, period_start


def ask(desk: Desk, who: Speaker, **more: object) -> Said:
    """Asks in private."""
    return desk.says(who, "查一下", Act.QUERY, room=None, **more)


def town(desk: Desk) -> None:
    """Ticket 1 in grid 1 with a supporter, ticket 2 in grid 2, a wish of grid 1 as ticket 3."""
    desk.says(LI, "三号楼灯坏了", category="public_facility", place={"building": "3"})
    desk.says(QIAN, "附议1", Act.SECOND, number=1)
    desk.says(ZHOU, "九号楼漏水", category="housing_repair", room=NINE, place={"building": "9"})
    desk.says(LI, "想请人陪我妈", kind="wish", category="elder_care")


@pytest.mark.parametrize(
    ("who", "sees"),
    [(LI, {1, 3}), (QIAN, {1}), (ZHOU, {2}), (GUEST, set()), (ZHANG, {1, 3}), (LIU, {2}), (WU, {1, 2, 3}), (HE, set()),
     (WUYE, set()), (Speaker("r-fake", "社区吴敏"), set())],
    ids=lambda value: getattr(value, "user", ""),
)  # fmt: skip
def test_who_sees_one_ticket(desk: Desk, who: Speaker, sees: set[int]) -> None:
    town(desk)
    for number in (1, 2, 3):
        said = ask(desk, who, number=number)
        assert said.answers == [
            {1: "status_assigned", 2: "status_assigned", 3: "status_filed_wish"}[number]
            if number in sees
            else "query_not_yours"
        ], number
        if number not in sees:
            assert said.heard[0].facts == {"number": number}


def test_every_state_is_said(desk: Desk) -> None:
    town(desk)
    steps = [
        (WU, Act.QUERY, "status_assigned"), (ZHANG, Act.CLAIM, "status_accepted"), (ZHANG, Act.FINISH, "status_resolved"),
        (LI, Act.RATE, "status_closed"),
    ]  # fmt: skip
    for who, act, status in steps:
        desk.says(who, "1", act, number=1, rating=5)
        assert ask(desk, LI, number=1).answers == [status]
    desk.says(ZHOU, "撤销2", Act.WITHDRAW, room=NINE, number=2)
    assert ask(desk, ZHOU, number=2).answers == ["status_withdrawn"]
    desk.says(GUEST, "13号楼停电", room=EVERYBODY, place={"building": "13"})
    assert ask(desk, GUEST, number=4).answers == ["status_filed"]
    desk.says(HE, "接3", Act.CLAIM, number=3)
    assert ask(desk, LI, number=3).answers == ["status_accepted"]


def test_by_reply(desk: Desk) -> None:
    said = desk.says(LI, "三号楼灯坏了", category="public_facility", place={"building": "3"})
    assert desk.says(LI, "到哪了", Act.QUERY, reply_to=said.id).answers == ["status_assigned"]
    assert desk.says(GUEST, "到哪了", Act.QUERY, reply_to=said.id).answers == ["query_not_yours"]


def numbers(said: Said) -> list[int]:
    return [ticket["number"] for ticket in said.heard[0].facts.get("tickets", [])]


@pytest.mark.parametrize(
    ("who", "sees"),
    [(WU, [1, 2, 3]), (ZHANG, [1, 3]), (LIU, [2]), (HAO, [1, 3]), (MA, [2])],
    ids=lambda v: getattr(v, "user", ""),
)
def test_the_open_list_of_those_whose_work_it_is(desk: Desk, who: Speaker, sees: list[int]) -> None:
    town(desk)
    desk.says(GUEST, "撤", Act.CHITCHAT)
    said = ask(desk, who, listing="open")
    assert (said.answers, numbers(said)) == (["list_open"], sees)


@pytest.mark.parametrize("listing", ["open", "overdue", "stats"])
def test_residents_get_no_list_of_others(desk: Desk, listing: str) -> None:
    town(desk)
    for who in (GUEST, LI, HE, WUYE):
        assert ask(desk, who, listing=listing).answers == ["staff_only"]
    assert "list_open" not in desk.says(LI, "未办结", Act.QUERY, listing=listing).answers


def test_ones_own(desk: Desk) -> None:
    town(desk)
    assert numbers(ask(desk, LI, listing="mine")) == [1, 3]
    assert numbers(ask(desk, QIAN, listing="mine")) == [1]
    assert numbers(ask(desk, ZHANG, listing="mine")) == [1]
    assert ask(desk, GUEST, listing="mine").answers == ["list_mine_none"]
    desk.says(LI, "撤销1", Act.WITHDRAW, number=1)
    assert numbers(ask(desk, LI, listing="mine")) == [3]


def test_what_was_told_in_private_is_not_told_in_the_room(desk: Desk) -> None:
    desk.says(LI, "三号楼有人打孩子", kind="complaint", category="dispute", room=None, place={"building": "3"})
    assert desk.says(LI, "我的单", Act.QUERY, listing="mine").answers == ["ask_in_private"]
    assert desk.says(LI, "1到哪了", Act.QUERY, number=1).answers == ["ask_in_private"]
    assert numbers(ask(desk, LI, listing="mine")) == [1]
    assert ask(desk, LI, number=1).answers == ["status_assigned"]
    desk.says(LI, "三号楼灯坏了", category="public_facility", place={"building": "3"})
    assert numbers(desk.says(LI, "我的单", Act.QUERY, listing="mine")) == [2]
    assert numbers(desk.says(WU, "未办结", Act.QUERY, room=STAFF, listing="open")) == [1, 2]


def test_a_question_about_nothing_in_particular(desk: Desk) -> None:
    town(desk)
    assert ask(desk, LI).answers == ["list_mine"] or ask(desk, LI).answers == ["status_filed_wish"]
    assert desk.says(GUEST, "到哪了", Act.QUERY).outcome == "left_alone"
    assert desk.says(GUEST, "到哪了", Act.QUERY, mentioned=True).answers == ["list_mine_none"]
    assert desk.says(LI, "到哪了", Act.QUERY).answers == ["list_mine"]


def test_accounts_of_one_member_share_their_tickets(desk: Desk) -> None:
    desk.says(CHEN, "三号楼灯坏了", category="public_facility", place={"building": "3"})
    assert numbers(ask(desk, CHEN_ON_WECHAT, listing="mine")) == [1]


def test_overdue(desk: Desk) -> None:
    town(desk)
    assert ask(desk, WU, listing="overdue").answers == ["list_overdue_none"]
    desk.wait(days=7, seconds=1)
    assert numbers(ask(desk, WU, listing="overdue")) == [1, 2]
    desk.says(ZHANG, "1办结", Act.FINISH, number=1)
    assert numbers(ask(desk, WU, listing="overdue")) == [2]
    assert ask(desk, ZHANG, listing="overdue").answers == ["list_overdue_none"]


@pytest.mark.parametrize(
    ("of", "sees"),
    [
        ({"of_grid": "二网格"}, [2]), ({"of_grid": "第二网格"}, [2]), ({"of_grid": "2网格"}, [2]), ({"of_grid": "一网格"}, [1, 3]),
        ({"of_member": "张伟"}, [1, 3]), ({"of_member": "刘"}, []), ({"of_grid": "十二网格"}, []),
    ],
    ids=str,
)  # fmt: skip
def test_a_list_of_one_grid_or_one_person(desk: Desk, of: dict[str, str], sees: list[int]) -> None:
    town(desk)
    said = ask(desk, WU, listing="open", **of)
    assert numbers(said) == sees
    assert said.answers == (["list_open"] if sees else ["list_of_whom"])
    assert next(iter(of.values())) in said.heard[0].text


def test_an_officer_asks_for_no_other_grid_and_a_resident_for_none(desk: Desk) -> None:
    town(desk)
    assert ask(desk, ZHANG, listing="open", of_grid="二网格").answers == ["list_not_yours"]
    assert numbers(ask(desk, ZHANG, listing="open", of_grid="一网格")) == [1, 3]
    assert ask(desk, LI, listing="open", of_grid="二网格").answers == ["staff_only"]
    assert desk.says(LI, "二网格没办完的列一下", Act.QUERY, listing="open", of_grid="二网格").answers == []
    assert ask(desk, WU, listing="stats", of_member="张伟").heard[0].facts["of"] == "张伟"


@pytest.mark.parametrize(
    ("name", "number"),
    [("第二网格", 2), ("幸福里十二网格", 12), ("二十网格", 20), ("二十一网格", 21), ("3号网格", 3), ("第12网格", 12), ("一品苑二网格", 2),
     ("〇五网格", 5), ("十网格", 10), ("110网格", 110), ("东区网格", None)],
)  # fmt: skip
def test_grids_are_told_apart_by_their_numbers(name: str, number: int | None) -> None:
    assert grid_number(name) == number


def test_a_long_list_is_cut_and_says_so(desk: Desk) -> None:
    for number in range(LONGEST_LIST + 2):
        desk.says(LI, f"问{number}", kind="consult")
    said = ask(desk, WU, listing="open")
    facts = said.heard[0].facts
    assert (facts["count"], len(facts["tickets"]), facts["more"]) == (LONGEST_LIST + 2, LONGEST_LIST, 2)
    assert said.heard[0].text.endswith("还有2单没列出来。")


def test_a_list_names_no_door_and_no_resident(desk: Desk) -> None:
    desk.says(LI, "家里漏水", category="housing_repair")
    text = desk.says(WU, "未办结", Act.QUERY, room=STAFF, listing="open").heard[0].text
    assert "501" not in text
    assert "李姐" not in text


def test_nothing_is_open(desk: Desk) -> None:
    assert ask(desk, WU, listing="open").answers == ["list_open_none"]


def test_figures(desk: Desk) -> None:
    town(desk)
    desk.says(ZHANG, "1办结", Act.FINISH, number=1)
    expected = {
        "of": "",
        "period": "today",
        "filed": 3,
        "kinds": {"service": 2, "wish": 1},
        "done": 1,
        "open": 2,
        "overdue": 0,
    }
    assert ask(desk, WU, listing="stats", period="today").heard[0].facts == expected
    of_grid = ask(desk, LIU, listing="stats").heard[0].facts
    assert (of_grid["filed"], of_grid["done"], of_grid["open"]) == (1, 0, 1)
    desk.wait(days=8)
    later = ask(desk, WU, listing="stats", period="week").heard[0].facts
    assert (later["filed"], later["open"], later["overdue"]) == (0, 2, 1)
    assert ask(desk, WU, listing="stats", period="month").heard[0].facts["filed"] == 3


def test_reopened_is_not_done(desk: Desk) -> None:
    town(desk)
    desk.says(ZHANG, "1办结", Act.FINISH, number=1)
    desk.says(LI, "1不满意", Act.RATE, number=1, rating=1)
    assert ask(desk, WU, listing="stats").heard[0].facts["done"] == 0


@pytest.mark.parametrize(
    ("period", "since"),
    [
        ("today", "2026-11-22T00:00:00+08:00"),
        ("week", "2026-11-16T00:00:00+08:00"),
        ("month", "2026-11-01T00:00:00+08:00"),
    ],
)
def test_when_a_period_began(period: str, since: str) -> None:
    assert period_start(START, "Asia/Shanghai", period).isoformat() == since
    before_midnight_in_utc = datetime(2026, 11, 21, 17, 0, tzinfo=timezone.utc)
    assert period_start(before_midnight_in_utc, "Asia/Shanghai", "today").isoformat() == "2026-11-22T00:00:00+08:00"
