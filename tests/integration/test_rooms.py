"""Rooms in the chat: bound by staff, refused to everybody else, moved, and what the register's file says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from desk_driver import HE, LI, REGISTER, STAFF, THREE, WU, ZHANG, Desk, Said, Speaker
from sqlalchemy import select
from sqlalchemy.engine import Engine

from desk.domain.model import Community, OutboxMessage, Room
from desk.domain.words import Act
from desk.services import delivery
from desk.services.additions import added
from desk.services.balance import balances_of_day
from desk.services.register import import_register
from desk.services.register_file import read_register
from desk.services.rooms import move_room
from desk.storage.engine import transaction
from desk.storage.tables import rooms

NEW, NEWER = "新群", "更新的群"
OTHER = """\
community: {code: "330100000000", name: 西湖社区, timezone: UTC}
members:
  - {id: gao, name: 高远, role: staff, identities: [{channel: console, user: u-gao}]}
  - {id: tao, name: 陶然, role: staff, identities: [{channel: console, user: u-wu2}]}
grids:
  - {code: g1, name: 湖东网格, covers: [{estate: 湖畔}]}
rooms:
  - {channel: console, id: 湖畔群, purpose: residents, grid: g1}
"""
GAO = Speaker("u-gao", "高")


def binds(desk: Desk, who: Speaker, room: str | None = NEW, words: str = "", **more: Any) -> Said:
    return desk.says(who, f"绑定 {words}", Act.MANAGE, room=room, manage="bind", bind_to=words, **more)


def imports(engine: Engine, folder: Path, text: str = REGISTER) -> dict[str, dict[str, int]]:
    path = folder / "register.yml"
    path.write_text(text, encoding="utf-8")
    with transaction(engine) as session:
        return import_register(session, read_register(path))


def row_of(desk: Desk, room: str) -> dict[str, Any] | None:
    with transaction(desk.engine) as session:
        found = session.scalars(select(Room).where(rooms.c.room == room)).first()
        if found is None:
            return None
        return {"grid": found.grid_id, "purpose": found.purpose.value, "retired": found.retired}


# --- who may


@pytest.mark.parametrize("who", [LI, ZHANG, HE, GAO], ids=["resident", "officer", "volunteer", "nobody"])
def test_to_anybody_but_staff_an_unknown_room_is_silent(desk: Desk, who: Speaker) -> None:
    for mentioned in (False, True):
        said = binds(desk, who, mentioned=mentioned)
        assert said.told == []
    assert row_of(desk, NEW) is None
    assert desk.says(LI, "三号楼电梯坏了", room=NEW).outcome == "nowhere"


def test_staff_bind_a_room_and_it_hears(desk: Desk) -> None:
    assert binds(desk, WU).answers == ["bound"]
    assert row_of(desk, NEW) == {"grid": None, "purpose": "residents", "retired": False}
    assert desk.says(LI, "三号楼电梯坏了", room=NEW, place={"building": "3"}).outcome == "filed"
    assert desk.assignee(1) == "zhang"


def test_the_same_name_on_another_account_is_not_staff(desk: Desk) -> None:
    assert binds(desk, Speaker("u-somebody", WU.name), mentioned=True).told == []
    assert binds(desk, Speaker(WU.user, WU.name, channel="wechat"), mentioned=True).told == []
    assert row_of(desk, NEW) is None


def test_a_grid_and_a_purpose(desk: Desk) -> None:
    said = binds(desk, WU, words="第二网格", purpose="staff")
    assert said.heard[0].text == "好的，这个群归幸福里社区第二网格，当工作群用。"
    found = row_of(desk, NEW)
    assert found is not None
    assert found["purpose"] == "staff"
    assert found["grid"] is not None


def test_a_grid_that_is_not_there_changes_nothing(desk: Desk) -> None:
    said = binds(desk, WU, words="第九网格")
    assert said.answers == ["bind_no_grid"]
    assert "第一网格、第二网格" in said.heard[0].text
    assert binds(desk, WU, words="网格").answers == ["bind_no_grid"]  # two would fit
    assert row_of(desk, NEW) is None


def test_bound_again_it_is_what_was_said_last(desk: Desk) -> None:
    binds(desk, WU, words="第一网格")
    assert binds(desk, WU, words="第一网格").answers == ["bound_grid"]
    assert binds(desk, WU, purpose="volunteers").answers == ["bound"]
    assert row_of(desk, NEW) == {"grid": None, "purpose": "volunteers", "retired": False}


def test_a_room_of_the_file_is_the_files(desk: Desk) -> None:
    assert binds(desk, WU, room=THREE, words="第二网格").answers == ["bind_by_file"]
    assert desk.says(WU, "解绑", Act.MANAGE, room=THREE, manage="unbind").answers == ["bind_by_file"]
    assert desk.says(LI, "三号楼电梯坏了", place={"building": "3"}).outcome == "filed"


def test_in_private_nothing_can_be_bound(desk: Desk) -> None:
    assert binds(desk, WU, room=None).answers == ["bind_where"]
    assert binds(desk, LI, room=None).answers == ["manage_by_staff"]


def test_residents_in_a_known_room_are_referred_only_when_they_speak_to_us(desk: Desk) -> None:
    assert binds(desk, LI, room=THREE).told == []
    assert binds(desk, LI, room=THREE, mentioned=True).answers == ["manage_by_staff"]


def test_a_room_that_is_let_go_is_silent_and_its_tickets_stay(desk: Desk) -> None:
    binds(desk, WU)
    desk.says(LI, "三号楼电梯坏了", room=NEW, place={"building": "3"})
    assert desk.says(LI, "解绑", Act.MANAGE, room=NEW, manage="unbind").told == []
    assert desk.says(WU, "解绑", Act.MANAGE, room=NEW, manage="unbind").answers == ["unbound"]
    assert desk.says(LI, "还坏着", room=NEW).outcome == "nowhere"
    assert desk.says(WU, "解绑", Act.MANAGE, room=NEW, manage="unbind").told == []
    assert desk.ticket(1)["room"] == NEW
    assert binds(desk, WU).answers == ["bound"]


# --- two communities


def test_another_communitys_room_is_refused(desk: Desk, tmp_path: Path) -> None:
    imports(desk.engine, tmp_path, OTHER)
    binds(desk, WU)
    assert binds(desk, GAO).told == []
    assert binds(desk, GAO, mentioned=True).answers == ["bind_foreign"]
    assert binds(desk, WU, room="湖畔群", mentioned=True).answers == ["bind_foreign"]
    assert desk.says(GAO, "解绑", Act.MANAGE, room=NEW, manage="unbind").told == []
    assert desk.says(LI, "三号楼电梯坏了", room=NEW, place={"building": "3"}).outcome == "filed"
    assert desk.ticket(1)["community"] == "220103001001"


def test_staff_of_two_communities_name_one(desk: Desk, tmp_path: Path) -> None:
    imports(desk.engine, tmp_path, OTHER.replace("u-wu2", "u-wu"))
    assert binds(desk, WU).answers == ["bind_which_community"]
    said = binds(desk, WU, words="西湖社区 湖东网格")
    assert said.heard[0].text == "好的，这个群归西湖社区湖东网格，当居民群用。"


# --- the file


def test_a_bound_room_survives_the_file_and_the_file_may_take_it(desk: Desk, tmp_path: Path) -> None:
    binds(desk, WU, words="第二网格")
    before = row_of(desk, NEW)
    for _ in range(2):
        changes = imports(desk.engine, tmp_path)
        assert not any(count for counts in changes.values() for count in counts.values())
        assert row_of(desk, NEW) == before
    with transaction(desk.engine) as session:
        listed = added(session)
    room = {"channel": "console", "id": NEW, "purpose": "residents", "listening": "all", "grid": "g2"}
    assert listed == [{"community": "220103001001", "members": [], "rooms": [room]}]
    named = REGISTER.replace("aliases:", f"  - {{channel: console, id: {NEW}, purpose: volunteers}}\naliases:")
    imports(desk.engine, tmp_path, named)
    assert row_of(desk, NEW) == {"grid": None, "purpose": "volunteers", "retired": False}
    assert binds(desk, WU).answers == ["bind_by_file"]
    imports(desk.engine, tmp_path)
    found = row_of(desk, NEW)
    assert found is not None
    assert found["retired"]


# --- rooms that move


def moves(desk: Desk, old: str, new: str) -> bool:
    with transaction(desk.engine) as session:
        return move_room(session, "console", old, new)


def test_a_room_that_moved_keeps_its_tickets(desk: Desk) -> None:
    said = desk.says(LI, "三号楼电梯坏了", place={"building": "3"})
    assert moves(desk, THREE, NEW)
    assert desk.says(QUICK, "我家也是", Act.SECOND, room=NEW).outcome == "supplement"
    desk.says(ZHANG, "办结", Act.FINISH, room=NEW, reply_to=said.id)
    assert desk.state(1) == "resolved"
    assert desk.says(LI, "满意", Act.RATE, room=NEW, reply_to=said.id, rating=5).told[0] == ("rate_thanks", NEW)
    assert desk.ticket(1)["room"] == NEW


QUICK = Speaker("r-new", "3-1-201 快嘴", {"building": "3", "unit": "1", "room": "201"})


def test_what_the_bot_asked_before_is_answered_after(desk: Desk) -> None:
    desk.says(LI, "灯坏了", place={}, sender_place={}, room="大群")
    assert moves(desk, "大群", NEW)
    said = desk.says(LI, "3号楼", Act.CHITCHAT, room=NEW, place={"building": "3"}, sender_place={})
    assert said.answers == ["place_thanks"]


def test_a_reply_to_an_old_card_finds_its_ticket(desk: Desk) -> None:
    desk.says(LI, "三号楼电梯坏了", place={"building": "3"})
    (card,) = desk.cards(1, "receipt")
    assert moves(desk, THREE, NEW)
    assert desk.says(ZHANG, "接单", Act.CLAIM, room=NEW, reply_to=card).answers == ["claimed"]


def test_moved_again_and_late_words_from_before(desk: Desk) -> None:
    assert moves(desk, THREE, NEW)
    assert not moves(desk, THREE, NEW)  # told twice
    assert moves(desk, NEW, NEWER)
    late = desk.says(LI, "三号楼电梯坏了", room=THREE, place={"building": "3"})
    assert late.outcome == "filed"
    assert desk.ticket(1)["room"] == NEWER
    assert not moves(desk, "没见过的群", NEWER)
    assert not moves(desk, NEWER, NEWER)


def test_a_room_never_moves_into_another_community(desk: Desk, tmp_path: Path) -> None:
    imports(desk.engine, tmp_path, OTHER)
    assert not moves(desk, THREE, "湖畔群")
    assert desk.says(LI, "三号楼电梯坏了", place={"building": "3"}).outcome == "filed"


def test_the_file_means_the_room_by_its_old_id(desk: Desk, tmp_path: Path) -> None:
    desk.says(LI, "三号楼电梯坏了", place={"building": "3"})
    moves(desk, THREE, NEW)
    imports(desk.engine, tmp_path)
    assert row_of(desk, THREE) is None
    imports(desk.engine, tmp_path, REGISTER.replace(THREE, NEW))
    found = row_of(desk, NEW)
    assert found is not None
    assert not found["retired"]
    assert desk.ticket(1)["room"] == NEW


def test_staff_in_the_new_room_take_the_old_one_over(desk: Desk) -> None:
    desk.says(LI, "三号楼电梯坏了", place={"building": "3"})
    assert binds(desk, LI, takes_over=THREE, mentioned=True).told == []
    assert binds(desk, WU, takes_over="没有的群").answers == ["bind_nothing_to_take"]
    said = binds(desk, WU, takes_over=THREE)
    assert said.told == [("bound_grid", NEW)]
    assert desk.ticket(1)["room"] == NEW
    assert binds(desk, WU, takes_over=THREE).answers == ["bind_by_file"]


def test_what_staff_set_goes_along_into_a_room_that_was_let_go(desk: Desk, tmp_path: Path) -> None:
    binds(desk, WU, room=NEWER)
    desk.says(WU, "解绑", Act.MANAGE, room=NEWER, manage="unbind")
    binds(desk, WU, room=NEW)
    desk.says(WU, "安静", Act.MANAGE, room=NEW, manage="hush")
    assert moves(desk, NEW, NEWER)
    assert desk.says(QUICK, "灯坏了", room=NEWER, place={"building": "3"}).told[0] == ("receipt", "@r-new")
    imports(desk.engine, tmp_path)
    found = row_of(desk, NEWER)
    assert found is not None
    assert not found["retired"], "it was bound in the chat: the file says nothing of it"
    assert desk.says(WU, "解绑", Act.MANAGE, room=NEWER, manage="unbind").answers == ["unbound"]


def test_what_could_not_be_said_in_private_comes_back_to_the_room_as_it_is_now(desk: Desk) -> None:
    desk.says(WU, "安静", Act.MANAGE, manage="hush")
    deliver, desk.deliver = desk.deliver, lambda: ()  # type: ignore[method-assign,assignment]
    desk.says(QUICK, "灯坏了", place={"building": "3"})
    desk.deliver = deliver  # type: ignore[method-assign]
    with transaction(desk.engine) as session:
        taken = delivery.due_out(session, "test", desk.now, 100)
        (number,) = [one.id for one in taken if one.user == QUICK.user]
    assert moves(desk, THREE, NEW)
    with transaction(desk.engine) as session:
        message = session.get(OutboxMessage, number)
        assert message is not None
        delivery.mark_unsent(message, desk.now, desk.now, permanent=True)
        assert (message.room, message.user, message.reply_to) == (NEW, None, None)


def test_a_room_that_moved_is_its_communitys_under_each_of_its_ids(desk: Desk, tmp_path: Path) -> None:
    imports(desk.engine, tmp_path, OTHER)
    desk.says(LI, "早", Act.CHITCHAT)
    assert moves(desk, THREE, NEW)
    desk.says(LI, "早", Act.CHITCHAT, room=NEW)
    with transaction(desk.engine) as session:
        days = list(balances_of_day(session, None, desk.now))
        ours = session.scalars(select(Community.id).where(Community.name == "幸福里社区")).one()
    assert [(one.room, one.community, one.difference) for _, one in days] == [(THREE, ours, 0), (NEW, ours, 0)]


def test_two_rooms_of_the_register_become_one(desk: Desk) -> None:
    desk.says(LI, "三号楼电梯坏了", place={"building": "3"})
    binds(desk, WU, room=NEW)
    assert moves(desk, THREE, NEW)
    assert desk.ticket(1)["room"] == NEW
    assert desk.says(LI, "门禁坏了", room=THREE, place={"building": "3"}, category="utilities").outcome == "filed"
    assert desk.says(WU, "未办结", Act.QUERY, room=STAFF, listing="open").answers == ["list_open"]
