"""One person on two platforms by a code, and where people live: in private, undone at a word, and never a role."""

from __future__ import annotations

from pathlib import Path

from desk_driver import EVERYBODY, GUEST, LI, QIAN, REGISTER, THREE, WU, ZHANG, Desk, Said, Speaker
from sqlalchemy import func, select

from desk.domain.words import Act
from desk.services.homes import forget_home
from desk.services.register import import_register
from desk.services.register_file import read_register
from desk.storage.belonging_tables import homes, link_codes, link_tries
from desk.storage.engine import transaction

LI_ON_WECHAT = Speaker("wx-li", "李姐", channel="wechat")
ZHANG_ON_WECHAT = Speaker("wx-zhang", "张", channel="wechat")
THIEF = Speaker("wx-thief", "小李", channel="wechat")


def code_for(desk: Desk, who: Speaker) -> str:
    said = desk.says(who, "关联", Act.MANAGE, room=None, manage="link", code=None)
    assert said.answers == ["link_code"]
    return str(said.heard[0].facts["code"])


def links(desk: Desk, who: Speaker, code: str, room: str | None = None) -> Said:
    return desk.says(who, f"关联 {code}", Act.MANAGE, room=room, manage="link", code=code)


def linked(desk: Desk, one: Speaker = LI, other: Speaker = LI_ON_WECHAT) -> None:
    assert links(desk, other, code_for(desk, one)).answers == ["link_done"]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


# --- linking


def test_one_person_on_two_platforms(desk: Desk) -> None:
    desk.says(LI, "三号楼电梯坏了", place={"building": "3"})
    stranger = desk.says(LI_ON_WECHAT, "1到哪了", Act.QUERY, room=None, number=1)
    assert stranger.answers == ["query_not_yours"]
    done = links(desk, LI_ON_WECHAT, code_for(desk, LI))
    assert done.told == [("link_done", "@wx-li"), ("linked_notice", "@r-li")]
    mine = desk.says(LI_ON_WECHAT, "我的单", Act.QUERY, room=None, listing="mine")
    assert mine.answers == ["list_mine"]
    assert desk.says(LI_ON_WECHAT, "1到哪了", Act.QUERY, room=None, number=1).answers == ["status_assigned"]
    desk.says(ZHANG, "1办结", Act.FINISH, number=1)
    assert desk.says(LI_ON_WECHAT, "1满意", Act.RATE, room=None, number=1, rating=5).answers == ["rate_thanks"]
    assert desk.state(1) == "closed"


def test_the_other_account_withdraws(desk: Desk) -> None:
    linked(desk)
    desk.says(LI_ON_WECHAT, "三号楼电梯坏了", room=None, place={"building": "3"})
    assert desk.says(LI, "1撤销", Act.WITHDRAW, room=None, number=1).answers == ["withdrawn"]


def test_a_person_supports_once(desk: Desk) -> None:
    desk.says(QIAN, "三号楼电梯坏了", place={"building": "3"})
    desk.says(LI, "我家也是", Act.SECOND)
    desk.says(LI_ON_WECHAT, "1附议", Act.SECOND, room=None, number=1)
    linked(desk)
    other = Speaker("r-li-too", "李姐小号")
    linked(desk, LI, other)
    desk.says(other, "我家也是", Act.SECOND)
    assert [person["user"] for person in desk.ticket(1)["supporters"]] == ["r-li"]
    linked(desk, QIAN, Speaker("r-qian-too", "钱"))
    desk.says(Speaker("r-qian-too", "钱"), "我家也是", Act.SECOND)
    assert [person["user"] for person in desk.ticket(1)["supporters"]] == ["r-li"]


def test_two_who_supported_before_are_counted_once_after(desk: Desk) -> None:
    other = Speaker("r-li-too", "李姐小号")
    desk.says(QIAN, "三号楼电梯坏了", place={"building": "3"})
    desk.says(LI, "我家也是", Act.SECOND)
    desk.says(other, "我家也是", Act.SECOND)
    assert len(desk.ticket(1)["supporters"]) == 2
    linked(desk, LI, other)
    assert [person["user"] for person in desk.ticket(1)["supporters"]] == ["r-li"]
    desk.says(other, "取消关联", Act.MANAGE, room=None, manage="unlink")
    assert len(desk.ticket(1)["supporters"]) == 2


def test_a_link_gives_no_role(desk: Desk) -> None:
    linked(desk, ZHANG, ZHANG_ON_WECHAT)
    desk.says(LI, "三号楼电梯坏了", place={"building": "3"})
    assert desk.says(ZHANG_ON_WECHAT, "接1", Act.CLAIM, room=None, number=1).answers == ["claim_not_yours"]
    assert desk.says(ZHANG_ON_WECHAT, "1派给刘洋", Act.ASSIGN, room=None, number=1, assign_to="刘洋").answers == [
        "not_yours"
    ]
    assert desk.says(ZHANG_ON_WECHAT, "未办结", Act.QUERY, room=None, listing="open").answers == ["staff_only"]
    assert desk.state(1) == "assigned"
    linked(desk, WU, THIEF)
    bound = desk.says(THIEF, "绑定", Act.MANAGE, room="新群", manage="bind", bind_to="", mentioned=True)
    assert bound.told == []


def test_a_code_is_good_once_and_for_ten_minutes(desk: Desk) -> None:
    code = code_for(desk, LI)
    assert links(desk, LI_ON_WECHAT, code).answers == ["link_done"]
    assert links(desk, THIEF, code).answers == ["link_wrong"]
    late = code_for(desk, QIAN)
    desk.wait(minutes=10, seconds=1)
    assert links(desk, THIEF, late).answers == ["link_wrong"]


def test_a_new_code_replaces_the_old_one(desk: Desk) -> None:
    old = code_for(desk, LI)
    new = code_for(desk, LI)
    assert links(desk, LI_ON_WECHAT, old).answers == ["link_wrong"]
    assert links(desk, LI_ON_WECHAT, new).answers == ["link_done"]


def test_on_its_own_account_a_code_does_nothing(desk: Desk) -> None:
    code = code_for(desk, LI)
    assert links(desk, LI, code).answers == ["link_same"]
    assert links(desk, LI_ON_WECHAT, code).answers == ["link_done"]


def test_five_wrong_codes_an_hour(desk: Desk) -> None:
    code = code_for(desk, LI)
    for _ in range(5):
        assert links(desk, THIEF, wrong(code)).answers == ["link_wrong"]
    assert links(desk, THIEF, code).answers == ["link_later"]
    assert links(desk, LI_ON_WECHAT, code).answers == ["link_done"]  # nobody else pays for it
    desk.wait(hours=1, seconds=1)
    assert links(desk, THIEF, code_for(desk, QIAN)).answers == ["link_done"]
    with transaction(desk.engine) as session:
        assert session.scalar(select(func.count()).select_from(link_tries)) == 5


def test_a_code_that_a_room_has_read_is_burnt(desk: Desk) -> None:
    code = code_for(desk, LI)
    said = links(desk, LI, code, room=THREE)
    assert said.told == [("link_privately", "@r-li")]
    assert links(desk, THIEF, code).answers == ["link_wrong"]
    with transaction(desk.engine) as session:
        assert session.scalar(select(func.count()).select_from(link_codes)) == 0


def test_a_repeated_message_makes_no_second_code(desk: Desk) -> None:
    first = desk.says(LI, "关联", Act.MANAGE, room=None, message="x", manage="link", code=None)
    again = desk.says(LI, "关联", Act.MANAGE, room=None, message="x", manage="link", code=None)
    assert (first.answers, again.told) == (["link_code"], [])


def test_undone_both_are_strangers(desk: Desk) -> None:
    desk.says(LI, "三号楼电梯坏了", place={"building": "3"})
    linked(desk)
    undone = desk.says(LI_ON_WECHAT, "取消关联", Act.MANAGE, room=None, manage="unlink")
    assert undone.answers == ["link_undone"]
    assert desk.says(LI_ON_WECHAT, "取消关联", Act.MANAGE, room=None, manage="unlink").answers == ["link_none"]
    assert desk.says(LI_ON_WECHAT, "1撤销", Act.WITHDRAW, room=None, number=1).answers == ["not_yours"]


def test_of_three_accounts_one_leaves(desk: Desk) -> None:
    third = Speaker("t-li", "Li", channel="telegram")
    linked(desk)
    linked(desk, LI_ON_WECHAT, third)
    desk.says(LI, "三号楼电梯坏了", place={"building": "3"})
    desk.says(LI_ON_WECHAT, "取消关联", Act.MANAGE, room=None, manage="unlink")
    assert desk.says(LI_ON_WECHAT, "1撤销", Act.WITHDRAW, room=None, number=1).answers == ["not_yours"]
    assert desk.says(third, "1撤销", Act.WITHDRAW, room=None, number=1).answers == ["withdrawn"]


def test_nobody_has_so_many_accounts(desk: Desk) -> None:
    for number in range(5):
        linked(desk, LI, Speaker(f"more-{number}", "李"))
    assert links(desk, Speaker("one-too-many", "李"), code_for(desk, LI)).answers == ["link_too_many"]


# --- homes


def lives(desk: Desk, who: Speaker, place: dict[str, str], room: str | None = None) -> Said:
    return desk.says(who, "我住这里", Act.MANAGE, room=room, manage="home", place=place, mentioned=room is not None)


def test_a_home_fills_what_is_not_said(desk: Desk) -> None:
    said = lives(desk, GUEST, {"building": "9", "unit": "1", "room": "301"})
    assert said.told == [("home_kept", "@r-guest")]
    assert (
        said.heard[0].text == "记下了，您家在幸福里9号楼1单元301室。以后报事不用再说楼号；想让我忘掉，说“忘记我住哪”。"
    )
    desk.says(GUEST, "家里停水了", room=EVERYBODY, category="utilities")
    found = desk.ticket(1)
    assert found["grid"] == "g2"
    assert found["location"] == {
        "estate": "幸福里", "building": "9", "unit": "1", "floor": None, "room": "301", "landmark": None,
    }  # fmt: skip


def test_only_outer_levels_once_a_place_is_said(desk: Desk) -> None:
    lives(desk, GUEST, {"building": "9", "unit": "1", "floor": "3"})
    desk.says(GUEST, "二单元的灯坏了", room=EVERYBODY, place={"unit": "2"})
    assert desk.ticket(1)["location"]["building"] == "9"
    assert desk.ticket(1)["location"]["floor"] is None
    desk.says(GUEST, "3号楼的灯坏了", room=EVERYBODY, place={"building": "3"})
    assert desk.ticket(2)["location"]["building"] == "3"
    assert desk.ticket(2)["location"]["unit"] is None
    assert desk.ticket(2)["grid"] == "g1"


def test_a_home_is_stronger_than_the_name_and_the_title(desk: Desk) -> None:
    lives(desk, LI, {"building": "9", "unit": "2"})
    desk.says(LI, "灯坏了", room=EVERYBODY)
    assert desk.ticket(1)["location"]["building"] == "9"
    assert desk.ticket(1)["location"]["room"] is None


def test_in_a_room_nothing_is_kept_and_nothing_is_repeated(desk: Desk) -> None:
    said = lives(desk, LI, {"building": "9", "unit": "2", "room": "501"}, room=THREE)
    assert said.told == [("home_privately", "@r-li")]
    with transaction(desk.engine) as session:
        assert session.scalar(select(func.count()).select_from(homes)) == 0


def test_told_again_and_forgotten(desk: Desk) -> None:
    lives(desk, GUEST, {"building": "9"})
    lives(desk, GUEST, {"building": "8"})
    desk.says(GUEST, "灯坏了", room=EVERYBODY)
    assert desk.ticket(1)["location"]["building"] == "8"
    assert desk.says(GUEST, "忘记我住哪", Act.MANAGE, room=None, manage="forget_home").answers == ["home_forgotten"]
    assert desk.says(GUEST, "忘记我住哪", Act.MANAGE, room=None, manage="forget_home").answers == ["home_none"]
    desk.says(GUEST, "门坏了", room=EVERYBODY, category="public_facility")
    assert desk.ticket(2)["location"]["building"] is None
    assert desk.ticket(1)["location"]["building"] == "8"


def test_a_home_without_a_building_is_asked_for(desk: Desk) -> None:
    assert lives(desk, GUEST, {}).answers == ["home_how"]
    assert lives(desk, GUEST, {"landmark": "南门"}).answers == ["home_how"]


def test_a_linked_account_lives_there_too(desk: Desk) -> None:
    lives(desk, LI_ON_WECHAT, {"building": "9"})
    linked(desk)
    desk.says(LI, "灯坏了", room=EVERYBODY, sender_place={})
    assert desk.ticket(1)["location"]["building"] == "9"
    assert desk.says(LI, "忘记我住哪", Act.MANAGE, room=None, manage="forget_home").answers == ["home_forgotten"]
    with transaction(desk.engine) as session:
        assert session.scalar(select(func.count()).select_from(homes)) == 0


def test_an_account_is_forgotten_without_a_word(desk: Desk) -> None:
    lives(desk, GUEST, {"building": "9"})
    with transaction(desk.engine) as session:
        (person_id,) = session.scalars(select(homes.c.person_id))
        assert forget_home(session, person_id)
        assert not forget_home(session, person_id)


LAKE = (
    REGISTER.replace("220103001001", "330100000000")
    .replace("幸福里", "湖畔")
    .replace("channel: console", "channel: far")
).replace("channel: wechat", "channel: further")


def test_in_private_a_home_says_which_community(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "lake.yml"
    path.write_text(LAKE, encoding="utf-8")
    with transaction(desk.engine) as session:
        import_register(session, read_register(path))
    alone = Speaker("t-alone", "山高水长", channel="telegram")
    assert desk.says(alone, "水管坏了", room=None).outcome == "nowhere"
    assert lives(desk, alone, {"building": "4"}).answers == ["nowhere"]  # both have such a building
    assert lives(desk, alone, {"estate": "湖畔", "building": "4"}).answers == ["home_kept"]
    assert desk.says(alone, "水管坏了", room=None).outcome == "filed"
    assert desk.ticket(1)["community"] == "330100000000"
    assert desk.ticket(1)["grid"] == "g1"
    lives(desk, LI, {"estate": "湖畔", "building": "4"})  # who spoke last here, lives there
    desk.says(LI, "灯坏了", room=None)
    assert desk.ticket(2, "330100000000")["location"]["estate"] == "湖畔"
