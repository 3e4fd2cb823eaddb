"""Register files: the same register from YAML and XLSX, every error with its place, nothing but RegisterInvalid."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from desk.domain.errors import RegisterInvalid
from desk.domain.words import Listening, Purpose, Role
from desk.services.register import check_register
from desk.services.register_file import read_register
from desk.services.register_model import RegisterFile, house, houses

WHOLE = """\
community: {code: 220103001001, name: 幸福里社区}
members:
  - id: zhang
    name: 张伟
    role: officer
    identities: [{channel: console, user: u-zhang}, {channel: telegram, user: 7}]
  - {id: li, name: 李娜, roles: [staff, volunteer]}
  - {id: 3, name: 孙丽}
grids:
  - {code: g1, name: 第一网格, officer: zhang, helpers: [li, 3],
     covers: [{estate: 幸福里, buildings: "1-3，8、12a,A-C"}], leaders: {3: "3", 3-2: li}}
  - code: g2
    name: 第二网格
    covers:
      - {estate: 阳光花园}
      - {estate: 幸福里, buildings: 9}
    leaders: {"幸福里:9-1": zhang, 阳光花园：4: li}
rooms:
  - {channel: console, id: 幸福里3号楼群, purpose: residents, grid: g1, listening: addressed}
  - {channel: console, id: 工作群, purpose: staff}
aliases:
  - {name: 老王家楼下, estate: 幸福里, building: 3, unit: "1"}
"""
SHEETS_WHOLE: dict[str, list[list[Any]]] = {
    "community": [["code", "name", "timezone"], [220103001001, "幸福里社区", None]],
    "members": [
        ["id", "name", "roles"], ["zhang", "张伟", "officer"], ["li", "李娜", "staff, volunteer"], [3.0, "孙丽", None],
    ],
    "identities": [["member", "channel", "user"], ["zhang", "console", "u-zhang"], ["zhang", "telegram", 7]],
    "grids": [["code", "name", "officer", "helpers"], ["g1", "第一网格", "zhang", "li，3"], ["g2", "第二网格"]],
    "covers": [
        ["grid", "estate", "buildings"],
        ["g1", "幸福里", "1-3,8,12A,A-C"], ["g2", "阳光花园", None], ["g2", "幸福里", 9],
    ],
    "leaders": [
        ["grid", "key", "member"], ["g1", 3, 3], ["g1", "3-2", "li"], ["g2", "幸福里:9-1", "zhang"],
        ["g2", "阳光花园：4", "li"],
    ],
    "rooms": [
        ["channel", "id", "purpose", "grid", "listening"],
        ["console", "幸福里3号楼群", "residents", "g1", "addressed"], ["console", "工作群", "staff"],
    ],
    "aliases": [["name", "estate", "building", "unit"], ["老王家楼下", "幸福里", 3, "1"]],
}  # fmt: skip
Yaml = Callable[[str], RegisterFile]


@pytest.fixture
def from_yaml(tmp_path: Path) -> Yaml:
    """Reads a register from text."""

    def read(text: str) -> RegisterFile:
        path = tmp_path / "register.yml"
        path.write_text(text, encoding="utf-8")
        return read_register(path)

    return read


def book(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    """Writes sheets to a file."""
    workbook = Workbook()
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(path)  # with the empty sheet that every new book has
    return path


def problems_of(error: pytest.ExceptionInfo[RegisterInvalid]) -> list[dict[str, Any]]:
    """The problems that were raised."""
    return list(error.value.facts["problems"])


def brief(error: pytest.ExceptionInfo[RegisterInvalid]) -> set[tuple[str, str]]:
    """Where and what."""
    return {(problem["where"], problem["code"]) for problem in problems_of(error)}


def test_yaml_is_read(from_yaml: Yaml) -> None:
    register = from_yaml(WHOLE)
    assert (register.code, register.name, register.timezone) == ("220103001001", "幸福里社区", "Asia/Shanghai")
    assert register.members[0].identities == (("console", "u-zhang"), ("telegram", "7"))
    first, second = register.grids
    assert (first.officer, first.helpers) == ("zhang", ("li", "3"))
    assert [building for _, building in first.covers] == ["1", "2", "3", "8", "12A", "A", "B", "C"]
    assert first.leaders == (("3", "幸福里", "3", None), ("li", "幸福里", "3", "2"))
    assert second.covers == (("阳光花园", None), ("幸福里", "9"))
    assert second.leaders == (("zhang", "幸福里", "9", "1"), ("li", "阳光花园", "4", None))
    assert register.rooms[0].listening is Listening.ADDRESSED
    assert (register.rooms[1].purpose, register.rooms[1].listening) == (Purpose.STAFF, Listening.ALL)
    assert (register.aliases[0].building, register.aliases[0].unit) == ("3", "1")
    check_register(None, register)


def test_whoever_leads_is_a_leader(from_yaml: Yaml) -> None:
    roles = {member.code: set(member.roles) for member in from_yaml(WHOLE).members}
    assert roles["3"] == {Role.LEADER}
    assert roles["li"] == {Role.STAFF, Role.VOLUNTEER, Role.LEADER}
    assert roles["zhang"] == {Role.OFFICER, Role.LEADER}


def test_xlsx_equals_yaml(from_yaml: Yaml, tmp_path: Path) -> None:
    assert read_register(book(tmp_path / "register.XLSX", SHEETS_WHOLE)) == from_yaml(WHOLE)


def test_yaml_with_bom_and_crlf(from_yaml: Yaml) -> None:
    assert from_yaml("\ufeff" + WHOLE.replace("\n", "\r\n")) == from_yaml(WHOLE)


HEAD = "community: {code: '1', name: 一}\nmembers: [{id: a, name: 甲, role: staff}]\n"


@pytest.mark.parametrize(
    ("text", "where", "code"),
    [
        ("", "file", "missing"),
        ("[]", "file", "not_a_mapping"),
        ("members: []", "file", "missing"),
        ("community: {name: 一}", "line 1", "missing"),
        ("community: {code: 1}", "line 1", "missing"),
        ("community: {code: x1, name: 一}", "line 1", "bad_code"),
        ("community: {code: '   ', name: 一}", "line 1", "missing"),
        ("community: {code: 1, name: [一]}", "line 1", "not_text"),
        ('community: {code: 1, name: "\\a"}', "line 1", "bad_text"),
        ("community: {code: 1, name: " + "一" * 256 + "}", "line 1", "too_long"),
        ("community: {code: 1, name: 一, timezone: Mars/Base}", "line 1", "bad_timezone"),
        ("community: {code: 1, name: 一, timezone: Asia}", "line 1", "bad_timezone"),
        ("community: {code: 1, name: 一, timezone: ../../etc/passwd}", "line 1", "bad_timezone"),
        (HEAD + "grid: []", "line 3", "unknown_key"),
        (HEAD + "rooms: {}", "line 3", "not_a_list"),
        (HEAD + "rooms:\n  - console", "line 4", "not_a_mapping"),
        (HEAD + "rooms:\n  -", "line 4", "missing"),
        (HEAD + "rooms: []\nrooms: []", "line 4", "duplicate"),
        (HEAD + "[x]: y", "line 3", "bad_key"),
        (HEAD + "rooms: [{channel: c, id: r}]", "line 3", "missing"),
        (HEAD + "rooms: [{channel: c, id: r, purpose: party}]", "line 3", "unknown_purpose"),
        (HEAD + "rooms: [{channel: c, id: r, purpose: staff, listening: never}]", "line 3", "unknown_listening"),
        (HEAD + "rooms: [{channel: c, id: r, purpose: staff, grid: g}]", "line 3", "unknown_grid"),
        (HEAD + "rooms:\n" + "- {channel: c, id: r, purpose: staff}\n" * 2, "line 5", "duplicate"),
        (HEAD + "aliases: [{name: x, building: 三号楼}]", "line 3", "bad_building"),
        (HEAD + "aliases: [{name: x, unit: 1 2}]", "line 3", "bad_unit"),
        (HEAD + "aliases: [{name: x}, {name: x}]", "line 3", "duplicate"),
        (HEAD + "grids: [{code: g, name: g, officer: b}]", "line 3", "unknown_member"),
        (HEAD + "grids: [{code: g, name: g, helpers: [a,\n b]}]", "line 4", "unknown_member"),
        (HEAD + "grids: [{code: g, name: g, helpers: a}]", "line 3", "not_a_list"),
        (HEAD + "grids: [{code: g, name: g}, {code: g, name: h}]", "line 3", "duplicate"),
        (HEAD + "grids: [{code: g, name: g, leaders: [a]}]", "line 3", "not_a_mapping"),
    ],
)  # fmt: skip
def test_every_error_names_its_line(from_yaml: Yaml, text: str, where: str, code: str) -> None:
    with pytest.raises(RegisterInvalid) as error:
        from_yaml(text)
    assert (where, code) in brief(error)


@pytest.mark.parametrize(
    ("member", "code"),
    [
        ("{id: b, name: 乙, role: king}", "unknown_role"),
        ("{id: b, name: 乙, roles: [staff, king]}", "unknown_role"),
        ("{id: b, name: 乙, roles: staff}", "not_a_list"),
        ("{id: b, name: 乙}", "missing"),
        ("{id: a, name: 乙, role: staff}", "duplicate"),
        ("{id: b, name: 乙, role: staff, phone: 1}", "unknown_key"),
        ("{id: b, name: 乙, role: staff, identities: [{channel: c}]}", "missing"),
        ("{id: b, name: 乙, role: staff, identities: [{channel: c, user: u}, {channel: c, user: u}]}", "duplicate"),
    ],
)
def test_members(from_yaml: Yaml, member: str, code: str) -> None:
    with pytest.raises(RegisterInvalid) as error:
        from_yaml(f"community: {{code: 1, name: 一}}\nmembers:\n- {{id: a, name: 甲, role: staff}}\n- {member}")
    assert brief(error) == {("line 4", code)}


def test_an_account_belongs_to_one_member(from_yaml: Yaml) -> None:
    account = "identities: [{channel: c, user: u}]"
    with pytest.raises(RegisterInvalid) as error:
        from_yaml(
            "community: {code: 1, name: 一}\nmembers:\n"
            f"- {{id: a, name: 甲, role: staff, {account}}}\n- {{id: b, name: 乙, role: staff, {account}}}"
        )
    assert brief(error) == {("line 4", "duplicate")}


@pytest.mark.parametrize(
    ("covers", "leaders", "code"),
    [
        ("[{estate: A, buildings: 6-1}]", "{}", "bad_buildings"),
        ("[{estate: A, buildings: 1-1001}]", "{}", "bad_buildings"),
        ("[{estate: A, buildings: '1-600,601-1200'}]", "{}", "bad_buildings"),
        ("[{estate: A, buildings: 1-99999999999999999999}]", "{}", "bad_buildings"),
        ("[{estate: A, buildings: 3号楼}]", "{}", "bad_buildings"),
        ("[{estate: A, buildings: 2024-01-01}]", "{}", "bad_buildings"),
        ("[{estate: A, buildings: '  '}]", "{}", "bad_buildings"),
        ("[{estate: A, buildings: ','}]", "{}", "bad_buildings"),
        ("[{estate: A, buildings: [1, 2]}]", "{}", "not_text"),
        ("[{buildings: 1}]", "{}", "missing"),
        ("[{estate: A, building: 1}]", "{}", "unknown_key"),
        ("[{estate: A, buildings: 1-6}]", "{7: a}", "not_covered"),
        ("[{estate: A, buildings: 1-6}]", "{'B:3': a}", "unknown_estate"),
        ("[{estate: A, buildings: 1-6}]", "{3-2-1: a}", "bad_place"),
        ("[{estate: A, buildings: 1-6}]", "{3-: a}", "bad_place"),
        ("[{estate: A, buildings: 1-6}]", "{3: b}", "unknown_member"),
        ("[{estate: A, buildings: 1-6}]", "{3: }", "missing"),
        ("[{estate: A, buildings: 1-6}]", "{3: a, '03': a}", "duplicate"),
        ("[{estate: A}, {estate: B}]", "{3: a}", "estate_needed"),
        ("[]", "{3: a}", "estate_needed"),
    ],
)
def test_covers_and_leaders(from_yaml: Yaml, covers: str, leaders: str, code: str) -> None:
    with pytest.raises(RegisterInvalid) as error:
        from_yaml(f"{HEAD}grids:\n- {{code: g, name: g, covers: {covers}, leaders: {leaders}}}")
    assert brief(error) == {("line 4", code)}


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("buildings: 1-6", "buildings: 4-9", ["4", "5", "6"]),
        ("buildings: 12a", "buildings: 12A", ["12A"]),
        ("", "", []),
        ("", "buildings: 3", []),
        ("buildings: 3", "", ["3"]),
    ],
)
def test_grids_that_overlap(from_yaml: Yaml, one: str, other: str, shared: list[str]) -> None:
    with pytest.raises(RegisterInvalid) as error:
        from_yaml(
            f"{HEAD}grids:\n- {{code: g, name: g, covers: [{{estate: 里(二期), {one}}}]}}\n"
            f"- {{code: h, name: h, covers: [{{estate: 里（二期）, {other}}}]}}"
        )
    (problem,) = problems_of(error)
    assert (problem["where"], problem["code"]) == ("line 5", "overlap")
    assert (problem["grid"], problem["other"], problem["buildings"]) == ("h", "g", shared)


def test_several_errors_at_once_and_a_bound(from_yaml: Yaml) -> None:
    with pytest.raises(RegisterInvalid) as error:
        from_yaml("community: {code: x}\nmembers:\n" + "- {id: a, name: 甲, role: king}\n" * 300)
    assert {("line 1", "bad_code"), ("line 1", "missing"), ("line 3", "unknown_role")} <= brief(error)
    assert len(problems_of(error)) == 200
    assert error.value.facts["more"] > 300


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1-3", ["1", "2", "3"]),
        ("A-C", ["A", "B", "C"]),
        ("１－３，８、Ａ", ["1", "2", "3", "8", "A"]),
        ("1 – 2; 03,12a,甲,", ["1", "2", "3", "12A", "甲"]),
        ("2,1-3", ["2", "1", "3"]),
    ],
)
def test_buildings(text: str, found: list[str]) -> None:
    assert houses(text) == found


@given(st.text(max_size=40))
def test_any_buildings_are_read_or_refused(text: str) -> None:
    found = houses(text)
    assert isinstance(found, str) or (found and all(house(name or "") == name for name in found))


# --- XLSX -----------------------------------------------------------------------------------------------------------


def changed(sheet: str, *rows: list[Any]) -> dict[str, list[list[Any]]]:
    """The whole register with rows added to a sheet, or a sheet that is not known."""
    return {**SHEETS_WHOLE, sheet: [*SHEETS_WHOLE.get(sheet, []), *rows]}


@pytest.mark.parametrize(
    ("sheets", "where", "code"),
    [
        (changed("members", ["x", "甲", "king"]), "sheet members row 5", "unknown_role"),
        (changed("members", [], ["x", None, "staff"]), "sheet members row 6", "missing"),
        (changed("members", ["x", "甲", "staff", "left over"]), "sheet members row 5", "no_column"),
        (changed("identities", ["x", "console", "u"]), "sheet identities row 4", "unknown_member"),
        (changed("identities", [None, "console", "u"]), "sheet identities row 4", "missing"),
        (changed("identities", ["li", "telegram", "7"]), "sheet identities row 4", "duplicate"),
        (changed("identities", ["li", "telegram", 12345678901234567890]), "sheet identities row 4", "bad_number"),
        (changed("identities", ["li", "telegram", 1.5]), "sheet identities row 4", "bad_number"),
        (changed("grids", ["g3", True]), "sheet grids row 4", "not_text"),
        (changed("grids", ["g3", "#REF!"]), "sheet grids row 4", "not_text"),
        (changed("covers", ["g1", "新村", date(2024, 1, 6)]), "sheet covers row 5", "is_date"),
        (changed("covers", ["g3", "新村", 1]), "sheet covers row 5", "unknown_grid"),
        (changed("covers", ["g1", "阳光花园", 1]), "sheet covers row 3", "overlap"),
        (changed("leaders", ["g1", "3", "li"]), "sheet leaders row 6", "duplicate"),
        (changed("leaders", ["g1", None, "li"]), "sheet leaders row 6", "missing"),
        (changed("leaders", ["g1", "2", "x"]), "sheet leaders row 6", "unknown_member"),
        (changed("community", ["2", "二"]), "sheet community row 3", "duplicate"),
        (changed("member", ["id"]), "sheet member", "unknown_sheet"),
        ({**SHEETS_WHOLE, "community": []}, "sheet community", "missing"),
        ({**SHEETS_WHOLE, "rooms": [["channel", "room"]]}, "sheet rooms row 1", "unknown_key"),
        ({**SHEETS_WHOLE, "rooms": [["channel", "channel"]]}, "sheet rooms row 1", "duplicate"),
    ],
)
def test_every_error_names_its_row(tmp_path: Path, sheets: dict[str, Any], where: str, code: str) -> None:
    with pytest.raises(RegisterInvalid) as error:
        read_register(book(tmp_path / "register.xlsx", sheets))
    assert (where, code) in brief(error)
