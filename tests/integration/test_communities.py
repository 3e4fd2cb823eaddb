"""Two communities in one database: own numbers, own people, own tickets."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk_driver import EVERYBODY, GUEST, HE, LI, REGISTER, STAFF, THREE, VOLUNTEERS, WU, Desk, Speaker
from sqlalchemy import select
from sqlalchemy.engine import Engine

from desk.domain.model import Ticket
from desk.domain.words import Act
from desk.services.ledger import ledger
from desk.services.records import STATE_AFTER, derived_state, events_of
from desk.services.register import import_register
from desk.services.register_file import read_register
from desk.storage.engine import transaction
from desk.storage.tables import tickets

OTHER = """\
community: {code: "330100000000", name: 西湖社区, timezone: UTC}
members:
  - {id: gao, name: 高远, role: officer, identities: [{channel: console, user: u-gao}]}
  - {id: he, name: 何大勇, role: staff, identities: [{channel: console, user: u-he}]}
grids:
  - {code: g1, name: 湖东网格, officer: gao, covers: [{estate: 湖畔}]}
rooms:
  - {channel: console, id: 湖畔群, purpose: residents, grid: g1}
  - {channel: telegram, id: 三号楼群, purpose: residents, grid: g1}
"""
LAKE = "湖畔群"
GAO = Speaker("u-gao", "高")


@pytest.fixture
def both(desk: Desk, community: Engine, tmp_path: Path) -> Desk:
    path = tmp_path / "other.yml"
    path.write_text(OTHER, encoding="utf-8")
    with transaction(community) as session:
        import_register(session, read_register(path))
    return desk


def test_each_has_its_own_series(both: Desk) -> None:
    for room in (THREE, LAKE, LAKE, THREE, LAKE):
        both.says(LI, "问一下", kind="consult", room=room)
    assert both.numbers() == [1, 2, 1, 2, 3]
    with transaction(both.engine) as session:
        found = [(row["community"], row["code"]) for row in ledger(session)]
    here, there = "220103001001", "330100000000"
    assert found == [(here, "1"), (here, "2"), (there, "1"), (there, "2"), (there, "3")]


def test_a_number_means_the_ticket_of_the_room_it_is_said_in(both: Desk) -> None:
    both.says(LI, "问一下", kind="consult")
    both.says(GUEST, "问一下", kind="consult", room=LAKE)
    both.says(GAO, "接1", Act.CLAIM, room=LAKE, number=1)
    assert both.ticket(1, "220103001001")["state"] == "assigned"
    assert both.ticket(1, "330100000000")["state"] == "accepted"
    assert both.says(GAO, "接1", Act.CLAIM, number=1).answers == ["claim_not_yours"]


def test_staff_of_one_are_nobody_in_the_other(both: Desk) -> None:
    both.says(LI, "问一下", kind="consult")
    both.says(GUEST, "问一下", kind="consult", room=LAKE)
    assert both.says(WU, "撤销1", Act.WITHDRAW, room=LAKE, number=1).answers == ["not_yours"]
    assert both.says(HE, "撤销1", Act.WITHDRAW, number=1).answers == ["not_yours"]
    assert both.says(HE, "撤销1", Act.WITHDRAW, room=LAKE, number=1).answers == ["withdrawn"]
    assert both.ticket(1, "220103001001")["state"] == "assigned"
    lists = [both.says(who, "未办结", Act.QUERY, room=room, listing="open") for who, room in ((WU, STAFF), (HE, LAKE))]
    assert [[t["number"] for t in said.heard[0].facts.get("tickets", [])] for said in lists] == [[1], []]


def test_a_reply_across_communities_is_none(both: Desk) -> None:
    said = both.says(LI, "问一下", kind="consult")
    assert both.says(LI, "撤销", Act.WITHDRAW, room=LAKE, reply_to=said.id).outcome == "left_alone"
    assert both.says(LI, "撤销", Act.WITHDRAW, room=LAKE, about=said.id).outcome == "left_alone"


def test_in_private_the_community_is_that_of_the_last_room_then_of_the_register(both: Desk) -> None:
    both.says(GUEST, "大家好", Act.CHITCHAT, room=LAKE)
    both.says(GUEST, "问一下", kind="consult", room=None)
    both.says(GAO, "问一下", kind="consult", room=None)
    assert [both.ticket(number, "330100000000")["kind"] for number in (1, 2)] == ["consult", "consult"]
    stranger = both.says(Speaker("r-new", "新来的"), "问一下", kind="consult", room=None)
    assert stranger.outcome == "nowhere"


def test_times_are_shown_in_the_communitys_zone(both: Desk) -> None:
    both.says(GUEST, "问一下", kind="consult", room=LAKE)
    assert both.ticket(1)["opened_at"] == "2026-11-22T01:00:00+00:00"


def test_one_room_name_on_two_channels_is_two_rooms(both: Desk) -> None:
    both.says(Speaker("t-1", "老外", channel="telegram"), "问一下", kind="consult", room=THREE)
    assert both.ticket(1)["community"] == "330100000000"


@pytest.fixture
def bare(desk: Desk, tmp_path: Path) -> Desk:
    """The community after it gave up its rooms for volunteers and staff."""
    path = tmp_path / "bare.yml"
    path.write_text("\n".join(line for line in REGISTER.split("\n") if STAFF not in line and VOLUNTEERS not in line))
    with transaction(desk.engine) as session:
        import_register(session, read_register(path))
    return desk


def test_without_a_staff_room_staff_hear_it_in_private(bare: Desk) -> None:
    said = bare.says(GUEST, "13号楼漏水", room=EVERYBODY, place={"building": "13"})
    assert said.told == [("receipt_unassigned", EVERYBODY), ("unassigned", "@u-wu")]
    assert bare.says(WU, "13号楼停电", category="noise", room=EVERYBODY, place={"building": "13"}).told == [
        ("receipt_unassigned", EVERYBODY)
    ]


def test_without_a_volunteers_room_staff_must_find_somebody(bare: Desk) -> None:
    said = bare.says(LI, "想请人陪我妈", kind="wish")
    assert said.told == [("receipt_wish", THREE), ("wish_card", "@u-wu")]


def test_a_room_that_was_given_up_gets_nothing(bare: Desk) -> None:
    assert bare.says(WU, "有件事", room=STAFF, mentioned=True).outcome == "nowhere"


def test_every_state_is_derivable_from_the_record(both: Desk) -> None:
    """A life of every turn there is; the record alone says where each ticket stands, at every step."""
    acts = [
        (LI, Act.REPORT, {"kind": "service", "category": "noise", "place": {"building": "3"}}), (WU, Act.ASSIGN, {"assign_to": "何大勇"}),
        (HE, Act.CLAIM, {}), (HE, Act.RELEASE, {}), (WU, Act.CORRECT, {"kind_to": "wish"}), (HE, Act.CLAIM, {}), (HE, Act.FINISH, {}),
        (LI, Act.RATE, {"rating": 1}), (WU, Act.CORRECT, {"kind_to": "complaint"}), (WU, Act.FINISH, {}), (LI, Act.URGE, {}),
        (WU, Act.WITHDRAW, {}),
    ]  # fmt: skip
    seen = []
    for who, act, reading in acts:
        both.says(who, "做", act, **({} if act is Act.REPORT else {"number": 1}), **reading)
        seen.append(both.state(1))
    assert seen == [
        "assigned", "assigned", "accepted", "assigned", "filed", "accepted", "resolved", "filed", "assigned", "resolved", "resolved",
        "withdrawn",
    ]  # fmt: skip
    with transaction(both.engine) as session:
        record = events_of(session, session.scalars(select(Ticket).where(tickets.c.number == 1)).one())
        turns = [STATE_AFTER[event.kind].value for event in record if event.kind in STATE_AFTER]
        assert list(dict.fromkeys(seen)) == [s for s in dict.fromkeys(turns[1:]) if s in seen]
        assert derived_state([]) is None
