"""A register in the database: the file is the whole truth, and nothing that a ticket needs is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine

from desk.domain.errors import RegisterInvalid
from desk.domain.model import Alias, Community, Cover, Grid, GridHelper, Identity, Leader, Member, Room
from desk.domain.words import Listening
from desk.services.register import check_register, import_register
from desk.services.register_file import read_register
from desk.services.register_model import RegisterFile
from desk.storage.engine import transaction
from desk.storage.tables import metadata, rooms

TEXT = """\
community: {code: "1", name: 一社区}
members:
  - {id: zhang, name: 张伟, role: officer, identities: [{channel: console, user: u1}, {channel: telegram, user: "7"}]}
  - {id: li, name: 李娜, role: volunteer, identities: [{channel: console, user: u2}]}
  - {id: sun, name: 孙丽}
grids:
  - {code: g1, name: 一网格, officer: zhang, helpers: [li], covers: [{estate: 里, buildings: 1-3}], leaders: {3-2: sun}}
  - {code: g2, name: 二网格, covers: [{estate: 园}]}
rooms:
  - {channel: console, id: 居民群, purpose: residents, grid: g1}
  - {channel: console, id: 工作群, purpose: staff}
aliases:
  - {name: 老王家楼下, estate: 里, building: "3"}
"""
NOTHING = {"added": 0, "changed": 0, "retired": 0}
OTHER = 'community: {code: "2", name: 二社区}\nrooms: [{channel: console, id: 居民群, purpose: residents}]\n'


@pytest.fixture
def register(tmp_path: Path) -> Any:
    """Reads a register from text, by default `TEXT`, with something replaced."""

    def read(before: str = "", after: str = "", text: str = TEXT) -> RegisterFile:
        assert before in text
        path = tmp_path / "register.yml"
        path.write_text(text.replace(before, after) if before else text, encoding="utf-8")
        return read_register(path)

    return read


def run(engine: Engine, file: RegisterFile) -> dict[str, dict[str, int]]:
    """Imports in one transaction; only what did something."""
    with transaction(engine) as session:
        return {name: counts for name, counts in import_register(session, file).items() if counts != NOTHING}


def rows(engine: Engine, kind: Any, *columns: str) -> list[tuple[Any, ...]]:
    """All rows in the order of their ids."""
    with transaction(engine) as session:
        return [tuple(getattr(row, c) for c in columns) for row in session.scalars(select(kind).order_by(kind.id))]


def everything(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """The whole database."""
    with engine.connect() as connection:
        return {t.name: [tuple(row) for row in connection.execute(select(t))] for t in metadata.sorted_tables}


def test_first_import(engine: Engine, register: Any) -> None:
    counts = run(engine, register())
    assert {name: one["added"] for name, one in counts.items()} == {
        "community": 1, "members": 3, "grids": 2, "rooms": 2, "aliases": 1,
    }  # fmt: skip
    assert all(one["changed"] == one["retired"] == 0 for one in counts.values())
    assert rows(engine, Community, "code", "name", "timezone", "next_number") == [("1", "一社区", "Asia/Shanghai", 1)]
    ids = dict(rows(engine, Member, "code", "id"))
    assert 0 not in ids.values()
    assert rows(engine, Member, "roles") == [("officer",), ("volunteer",), ("leader",)]
    assert rows(engine, Identity, "member_id", "channel", "user") == [
        (ids["zhang"], "console", "u1"), (ids["zhang"], "telegram", "7"), (ids["li"], "console", "u2"),
    ]  # fmt: skip
    (first, second) = rows(engine, Grid, "id", "officer_id")
    assert (first[1], second[1]) == (ids["zhang"], None)
    assert rows(engine, GridHelper, "grid_id", "member_id") == [(first[0], ids["li"])]
    assert rows(engine, Cover, "grid_id", "estate", "building") == [
        *((first[0], "里", building) for building in "123"), (second[0], "园", None),
    ]  # fmt: skip
    assert rows(engine, Leader, "member_id", "estate", "building", "unit") == [(ids["sun"], "里", "3", "2")]
    assert rows(engine, Room, "room", "grid_id") == [("居民群", first[0]), ("工作群", None)]
    assert rows(engine, Alias, "name", "estate", "building", "unit") == [("老王家楼下", "里", "3", None)]


def test_the_same_file_again_changes_nothing(engine: Engine, register: Any) -> None:
    run(engine, register())
    before = everything(engine)
    assert run(engine, register()) == {}
    assert everything(engine) == before


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("一社区", "壹社区", "community"),
        ("name: 张伟", "name: 张炜", "members"),
        ("role: volunteer", "role: staff", "members"),
        ("user: u2", "user: u3", "members"),
        (', {channel: telegram, user: "7"}', "", "members"),
        ("一网格", "壹网格", "grids"),
        ("officer: zhang", "officer: li", "grids"),
        ("helpers: [li]", "helpers: [li, sun]", "grids"),
        ("buildings: 1-3", "buildings: 1-4", "grids"),
        ("{3-2: sun}", "{3: sun}", "grids"),
        ("purpose: staff}", "purpose: volunteers}", "rooms"),
        ("purpose: staff}", "purpose: staff, listening: addressed}", "rooms"),
        ("residents, grid: g1", "residents, grid: g2", "rooms"),
        ('building: "3"', 'building: "2"', "aliases"),
    ],
)
def test_one_change(engine: Engine, register: Any, before: str, after: str, what: str) -> None:
    run(engine, register())
    assert run(engine, register(before, after)) == {what: {**NOTHING, "changed": 1}}
    assert run(engine, register(before, after)) == {}
    assert run(engine, register()) == {what: {**NOTHING, "changed": 1}}


def test_what_is_missing_is_retired_and_may_come_back(engine: Engine, register: Any) -> None:
    run(engine, register())
    ids = {kind: rows(engine, kind, "id") for kind in (Member, Grid, Room)}
    less = register(text='community: {code: "1", name: 一社区}')
    assert run(engine, less) == {
        "members": {**NOTHING, "retired": 3}, "grids": {**NOTHING, "retired": 2}, "rooms": {**NOTHING, "retired": 2},
        "aliases": {**NOTHING, "retired": 1},
    }  # fmt: skip
    assert {kind: rows(engine, kind, "id") for kind in ids} == ids
    assert all(rows(engine, kind, "retired") == [(True,)] * len(ids[kind]) for kind in ids)
    assert not any(rows(engine, kind, "id") for kind in (Identity, GridHelper, Cover, Leader, Alias))
    assert run(engine, less) == {}
    back = run(engine, register())
    assert back == {
        "members": {**NOTHING, "changed": 3}, "grids": {**NOTHING, "changed": 2}, "rooms": {**NOTHING, "changed": 2},
        "aliases": {**NOTHING, "added": 1},
    }  # fmt: skip
    assert {kind: rows(engine, kind, "id") for kind in ids} == ids
    assert len(rows(engine, Identity, "id")) == 3


def test_an_account_moves_to_another_member(engine: Engine, register: Any) -> None:
    run(engine, register())
    swapped = TEXT.replace("user: u1", "user: x").replace("user: u2", "user: u1").replace("user: x", "user: u2")
    assert run(engine, register(text=swapped)) == {"members": {**NOTHING, "changed": 2}}
    ids = dict(rows(engine, Member, "code", "id"))
    owners = {(c, u): number for c, u, number in rows(engine, Identity, "channel", "user", "member_id")}
    assert owners == {("console", "u2"): ids["zhang"], ("telegram", "7"): ids["zhang"], ("console", "u1"): ids["li"]}


def test_the_series_of_tickets_is_kept(engine: Engine, register: Any) -> None:
    run(engine, register())
    with transaction(engine) as session:
        session.scalars(select(Community)).one().next_number = 42
    run(engine, register("一社区", "壹社区"))
    assert rows(engine, Community, "next_number") == [(42,)]


def test_a_room_of_another_community(engine: Engine, register: Any) -> None:
    run(engine, register())
    before = everything(engine)
    other = register(text=OTHER)
    check_register(None, other)
    with pytest.raises(RegisterInvalid) as error:
        run(engine, other)
    assert error.value.facts["problems"] == [
        {"where": "line 2", "code": "foreign_room", "channel": "console", "room": "居民群", "community": "1"}
    ]
    with transaction(engine) as session, pytest.raises(RegisterInvalid):
        check_register(session, other)
    assert everything(engine) == before


def test_a_room_that_another_community_gave_up(engine: Engine, register: Any) -> None:
    run(engine, register())
    run(engine, register("  - {channel: console, id: 居民群, purpose: residents, grid: g1}\n", ""))
    run(engine, register(text=OTHER))
    with transaction(engine) as session:
        room = session.scalars(select(Room).where(rooms.c.room == "居民群")).one()
        community = session.get(Community, room.community_id)
        assert community is not None
        assert (community.code, room.retired, room.grid_id) == ("2", False, None)
        assert room.listening is Listening.ALL
    with pytest.raises(RegisterInvalid):
        run(engine, register())


def test_two_communities_do_not_touch_each_other(engine: Engine, register: Any) -> None:
    other = TEXT.replace('code: "1"', 'code: "2"').replace("居民群", "二居民群").replace("工作群", "二工作群")
    run(engine, register())
    assert {one["added"] for one in run(engine, register(text=other)).values()} == {1, 2, 3}
    assert run(engine, register()) == {}
    run(engine, register(text='community: {code: "2", name: 二社区}'))
    assert run(engine, register()) == {}
    assert sum(retired for (retired,) in rows(engine, Member, "retired")) == 3


def test_nothing_is_half_imported(engine: Engine, register: Any) -> None:
    with transaction(engine) as session:
        import_register(session, register())
        session.rollback()
    assert not any(everything(engine).values())


def test_checking_writes_nothing(engine: Engine, register: Any) -> None:
    with transaction(engine) as session:
        check_register(session, register())
    assert not any(everything(engine).values())


def test_a_large_register(engine: Engine, register: Any) -> None:
    people = "".join(
        f"- {{id: m{i}, name: 人, role: volunteer, identities: [{{channel: c, user: u{i}}}]}}\n" for i in range(2000)
    )
    file = register(text=f'community: {{code: "1", name: 一}}\nmembers:\n{people}')
    assert run(engine, file)["members"]["added"] == 2000
    assert run(engine, file) == {}
