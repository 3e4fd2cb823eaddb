"""删除我的信息: the person goes, the matter and every figure stay."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from desk_driver import EVERYBODY, LI, QIAN, STAFF, THREE, VOLUNTEERS, WU, ZHANG, Desk, Speaker
from sqlalchemy import func, select, update
from test_recall import everything

from bot.gateway.deliver import Deliverer
from desk.domain.model import OutboxMessage, Person
from desk.domain.words import Act
from desk.services import delivery, erasing, keeping
from desk.services.ledger import ledger
from desk.storage.engine import transaction
from desk.storage.tables import inbox, outbox, people, tickets

WORDS = "西瓜绿的灯坏了"
ZHAO = Speaker("r-zhao-secret", "3-2-702 赵铁柱", {"building": "3", "unit": "2", "room": "702"})
TRACES = (WORDS, "赵铁柱", "r-zhao-secret", "702", "西瓜")

PSEUDONYM = re.compile(r"erased-[0-9a-f]{32}")
"""What stands in the place of a person; by chance it has any three digits in it."""


def erase(desk: Desk, who: Speaker = ZHAO, room: str | None = None) -> Any:
    return desk.says(who, "删除我的信息", Act.MANAGE, room=room, manage="erase")


def later(desk: Desk) -> None:
    """The schedule looks again, within the minute."""
    with transaction(desk.engine) as session:
        keeping.sweep(session, desk.now)


def assert_no_trace(desk: Desk) -> None:
    lines = PSEUDONYM.sub("erased", everything(desk.engine)).splitlines()
    found = [line for line in lines if any(trace in line for trace in TRACES)]
    assert found == []


def life(desk: Desk) -> None:
    """Everything that one neighbour can leave behind."""
    said = desk.says(ZHAO, WORDS, category="public_facility", place={"building": "3", "unit": "2", "room": "702"},
                     masked=WORDS, attachments=[{"kind": "photo", "name": "西瓜.jpg"}])  # fmt: skip
    desk.says(ZHAO, f"1补充 {WORDS}", Act.SUPPLEMENT, number=1)
    desk.says(QIAN, "附议1", Act.SECOND, number=1)
    desk.says(LI, "电梯停了", category="elevator", place={"building": "5"})
    desk.says(ZHAO, f"我家也是，{WORDS}", Act.SECOND, number=2)
    desk.says(ZHAO, f"催2，{WORDS}", Act.URGE, number=2)
    desk.says(ZHAO, f"闲聊{WORDS}", Act.CHITCHAT)
    desk.says(ZHAO, f"私聊{WORDS}", kind="consult", room=None)
    desk.says(ZHAO, "我的单", Act.QUERY, room=None, listing="mine")
    desk.says(ZHAO, "灯，西瓜绿的", room=EVERYBODY, category="public_facility")
    desk.says(WU, "这是投诉", Act.CORRECT, number=1, kind_to="complaint")
    desk.says(ZHANG, "2办结", Act.FINISH, number=2)
    desk.edits(ZHAO, said.id, f"改成{WORDS}", masked=WORDS, place={"building": "3"})


def counts(desk: Desk) -> list[Any]:
    with transaction(desk.engine) as session:
        by_outcome = session.execute(select(inbox.c.outcome, func.count()).group_by(inbox.c.outcome)).all()
        by_kind = session.execute(select(tickets.c.kind, tickets.c.category, tickets.c.state, func.count()).group_by(
            tickets.c.kind, tickets.c.category, tickets.c.state)).all()  # fmt: skip
    return [sorted(map(str, by_outcome)), sorted(map(str, by_kind))]


@pytest.mark.parametrize("room", [None, THREE], ids=["private", "room"])
def test_nothing_is_left_of_somebody(desk: Desk, room: str | None) -> None:
    life(desk)
    assert any(trace in everything(desk.engine) for trace in TRACES)
    said = erase(desk, room=room)
    later(desk)
    assert_no_trace(desk)
    assert [spoken.to for spoken in said.heard if spoken.template == "erased"] == ["@r-zhao-secret"]
    assert all(room not in (spoken.room,) for spoken in said.heard if room and spoken.template == "erased")


def test_figures_stay_right(desk: Desk) -> None:
    life(desk)
    asked = {"listing": "stats", "period": "today"}
    before = desk.says(WU, "今天统计", Act.QUERY, room=None, **asked).effect.answers[0].facts  # type: ignore[union-attr]
    states = [desk.state(number) for number in desk.numbers()]
    with transaction(desk.engine) as session:
        supported = [len(row["supporters"]) for row in ledger(session)]
    figures = counts(desk)
    erase(desk)
    after = desk.says(WU, "今天统计", Act.QUERY, room=None, **asked).effect.answers[0].facts  # type: ignore[union-attr]
    assert after == before
    assert [desk.state(number) for number in desk.numbers()] == states
    with transaction(desk.engine) as session:
        assert [len(row["supporters"]) for row in ledger(session)] == supported
    assert counts(desk)[1] == figures[1]


def test_the_matter_stays_and_its_officer_is_told(desk: Desk) -> None:
    desk.says(
        ZHAO, WORDS, category="public_facility", place={"estate": "幸福里", "building": "3", "unit": "2", "room": "702"}
    )
    told = erase(desk).heard
    notice = next(spoken for spoken in told if spoken.template == "requester_erased")
    assert notice.to == "@u-zhang"
    assert "公共设施" in notice.text
    assert "3号楼" in notice.text
    assert desk.state(1) == "assigned"
    place = desk.ticket(1)["location"]
    assert (place["estate"], place["building"], place["unit"], place["room"]) == ("幸福里", "3", None, None)
    assert desk.ticket(1)["requester"]["name"] == ""
    assert desk.kinds(1)[-1] == "recalled"
    assert desk.wait(days=4) == [("reminder", "@u-zhang")]
    assert desk.says(ZHANG, "1办结", Act.FINISH, number=1).told[0] == ("resolved_ask", THREE)
    desk.wait(days=4)
    assert desk.state(1) == "closed"


def test_a_private_matter_asks_nobody_afterwards(desk: Desk) -> None:
    desk.says(ZHAO, WORDS, kind="consult", room=None, place={"building": "3"})
    erase(desk)
    told = desk.says(ZHANG, "1办结", Act.FINISH, number=1).told
    assert "resolved_ask" not in {template for template, _ in told}


def test_the_account_speaks_again_as_somebody_new(desk: Desk) -> None:
    life(desk)
    erase(desk)
    assert desk.says(ZHAO, "我的单", Act.QUERY, room=None, listing="mine").answers == ["list_mine_none"]
    assert desk.says(ZHAO, "1撤销", Act.WITHDRAW, room=None, number=1).answers == ["not_yours"]
    number = max(desk.numbers())
    desk.says(ZHAO, "井盖翘了", category="public_facility", place={"building": "4"})
    assert desk.ticket(number + 1)["requester"]["user"] == "r-zhao-secret"


def test_twice_is_once(desk: Desk) -> None:
    life(desk)
    erase(desk)
    later(desk)
    before = everything(desk.engine)
    assert [spoken.template for spoken in erase(desk).heard] == ["erased"]
    later(desk)
    after = everything(desk.engine)
    assert_no_trace(desk)
    assert [line for line in before.splitlines() if line.startswith("tickets")] == [
        line for line in after.splitlines() if line.startswith("tickets")
    ]


def test_all_or_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks in the middle leaves everything as it was: one transaction."""
    life(desk)
    before = everything(desk.engine)

    def broken(_session: Any, _person: Any) -> None:
        raise RuntimeError("killed here")

    monkeypatch.setattr(erasing, "forget_belongings", broken)
    with pytest.raises(RuntimeError):
        erase(desk)
    kept = everything(desk.engine).splitlines()  # what came in is counted: that was T1
    assert [line for line in before.splitlines() if line not in kept and not line.startswith("tallies")] == []


def test_a_message_delivered_again_is_still_the_same(desk: Desk) -> None:
    said = desk.says(ZHAO, f"私聊{WORDS}", kind="consult", room=None)
    in_room = desk.says(ZHAO, WORDS, kind="consult")
    erase(desk)
    assert desk.says(ZHAO, f"私聊{WORDS}", kind="consult", room=None, message=said.id).row == 0
    assert desk.says(ZHAO, WORDS, kind="consult", message=in_room.id).row == 0
    later(desk)
    assert_no_trace(desk)
    with transaction(desk.engine) as session:
        assert session.scalars(select(Person).where(people.c.user == ZHAO.user)).first() is None


def test_whom_the_register_names_keeps_the_account(desk: Desk) -> None:
    desk.says(ZHANG, WORDS, kind="consult")
    desk.says(LI, "灯坏了", category="public_facility", place={"building": "3"})
    desk.says(ZHANG, "接2", Act.CLAIM, number=2)
    assert [one.template for one in erase(desk, ZHANG).heard if one.user == "u-zhang"] == ["erased_member"]
    assert WORDS not in everything(desk.engine)
    assert desk.assignee(2) == "zhang"
    assert desk.ticket(2)["events"][-1]["by"]["id"] == "zhang"
    assert desk.says(ZHANG, "2办结", Act.FINISH, number=2).outcome == "acted"


def test_what_waits_to_be_said_to_him_is_not_said(desk: Desk) -> None:
    deliver, desk.deliver = desk.deliver, lambda: ()  # type: ignore[method-assign,assignment]
    desk.says(ZHAO, WORDS, kind="consult", room=None)
    erase(desk)
    desk.deliver = deliver  # type: ignore[method-assign]
    assert [one.template for one in desk.deliver() if one.user == ZHAO.user] == ["erased"]


def test_what_he_says_while_it_is_done_is_a_new_persons(desk: Desk) -> None:
    from desk.services import mailroom
    from desk.services.erasing import do_erase

    with transaction(desk.engine) as session:
        first, second = (
            mailroom.record_arrival(
                session, mailroom.Arrival("console", THREE, f"q{n}", ZHAO.user, ZHAO.name, "早", desk.now), desk.now
            )
            for n in (1, 2)
        )
        assert first is not None
        assert second is not None
        person = session.get(Person, first.person_id)
        assert person is not None
        old = person.id
        do_erase(session, first, person)
        session.refresh(second)
        again = session.get(Person, second.person_id)
        assert again is not None
        assert (again.id != old, again.user, second.text) == (True, ZHAO.user, "早")


ZHAO_ON_WECHAT = Speaker("wx-zhao-secret", "3-2-702 赵铁柱", channel="wechat")


@pytest.mark.parametrize("asking", [ZHAO, ZHAO_ON_WECHAT], ids=["one", "other"])
def test_accounts_that_he_linked_go_too(desk: Desk, asking: Speaker) -> None:
    life(desk)
    code = desk.says(ZHAO, "关联", Act.MANAGE, room=None, manage="link", code=None).heard[0].facts["code"]
    desk.says(ZHAO_ON_WECHAT, f"关联 {code}", Act.MANAGE, room=None, manage="link", code=code)
    desk.says(ZHAO_ON_WECHAT, f"我这边说，{WORDS}", room=None, category="public_facility", place={"building": "4"})
    desk.says(ZHAO, "我住3-2-702", Act.MANAGE, room=None, manage="home", place={"building": "3", "room": "702"})
    assert ("erased", f"@{asking.user}") in erase(desk, asking).told
    later(desk)
    assert_no_trace(desk)
    assert "wx-zhao-secret" not in everything(desk.engine)
    assert desk.says(ZHAO, "我的单", Act.QUERY, room=None, listing="mine").answers == ["list_mine_none"]


def test_what_was_told_of_him_by_name_goes_too(desk: Desk) -> None:
    card = desk.says(ZHAO, "报到", Act.MANAGE, room=VOLUNTEERS, manage="join").heard[-1]
    assert (card.template, card.facts["name"]) == ("join_card", ZHAO.name)
    desk.says(WU, f"不同意 {ZHAO.name}", Act.MANAGE, room=STAFF, manage="admit", allow=False, whom=ZHAO.name)
    desk.says(LI, "关联", Act.MANAGE, room=None, manage="link", code=None)
    erase(desk)
    later(desk)
    kept = [line for line in everything(desk.engine).splitlines() if ZHAO.name in line]
    assert [line for line in kept if not line.startswith("inbox") or "不同意" not in line] == []


def test_who_asks_to_be_forgotten_is_not_announced_afterwards(desk: Desk) -> None:
    deliver, desk.deliver = desk.deliver, lambda: ()  # type: ignore[method-assign,assignment]
    desk.says(ZHAO, "报到", Act.MANAGE, room=VOLUNTEERS, manage="join")
    erase(desk)
    desk.deliver = deliver  # type: ignore[method-assign]
    assert "join_card" not in [one.template for one in desk.deliver()]


def test_a_last_word_that_never_arrived_keeps_no_address(desk: Desk) -> None:
    desk.deliver = lambda: ()  # type: ignore[method-assign,assignment]
    erase(desk)
    with transaction(desk.engine) as session:
        told = session.scalars(select(OutboxMessage).where(outbox.c.template == "erased")).one()
        delivery.mark_unsure(told, desk.now)
    with transaction(desk.engine) as session:
        assert delivery.expire_out(session, desk.now + timedelta(hours=25)) == 1
    later(desk)
    assert_no_trace(desk)
    desk.says(QIAN, "删除我的信息", Act.MANAGE, room=THREE, manage="erase")  # and to a channel that is set no more
    desk.now += timedelta(days=31)
    later(desk)
    assert QIAN.user not in everything(desk.engine)


def test_the_deliverer_says_it_too(desk: Desk) -> None:
    """The farewell goes out through the real deliverer, and its address does not stay."""
    from test_deliver import Failing

    desk.deliver = lambda: ()  # type: ignore[method-assign,assignment]
    erase(desk)
    channel = Failing()
    assert Deliverer(desk.engine, "owner", {"console": channel}.get, lambda: desk.now).deliver() == 1
    assert (channel.sent[0].template, channel.sent[0].to) == ("erased", ZHAO.user)
    later(desk)
    assert_no_trace(desk)


def test_private_recall_afterwards_is_nothing(desk: Desk) -> None:
    said = desk.says(ZHAO, WORDS, kind="consult", room=None)
    erase(desk)
    assert desk.recalls(ZHAO, said.id, room=None).outcome in ("left_alone", "acted")
    with transaction(desk.engine) as session:
        session.execute(update(people).values(name=people.c.name))
