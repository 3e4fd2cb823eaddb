"""The ledger: the shape of the interface to the letter, and sheets that no text can turn into a programme."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from desk_driver import GUEST, HE, LI, QIAN, THREE, WU, ZHANG, Desk, Speaker
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from bot.texts import ledger_word
from desk.domain.words import Act
from desk.services.ledger import LONGEST_CELL, as_csv, ledger, write_xlsx
from desk.storage.engine import transaction

KEYS = [
    "code",
    "community",
    "kind",
    "category",
    "urgency",
    "summary",
    "location",
    "grid",
    "room",
    "source",
    "requester",
    "supporters",
    "accountable",
    "assignee",
    "state",
    "opened_at",
    "due_at",
    "accepted_at",
    "resolved_at",
    "closed_at",
    "rating",
    "merged_into",
    "events",
]
HOSTILE = {
    "equals": "=1+1", "plus": "+86", "minus": "-2+3", "at": "@SUM(A1)", "tab": "\t=1", "cr": "\r=1", "link": '=HYPERLINK("x")',
    "dde": "=cmd|'/c calc'!A0", "nul": "a\x00b", "controls": "a\x01\x08\x0b\x1fb", "long": "长" * 100_000,
    "lines": "一\n二\r\n三", "quotes": '"一","二"', "emoji": "👨‍👩‍👧", "xml": "<a>&amp;</a>]]>", "surrogate": "\ufffd", "escape": "_x0041_",
}  # fmt: skip


def rows(desk: Desk) -> list[dict[str, Any]]:
    with transaction(desk.engine) as session:
        return list(ledger(session))


def csv_of(desk: Desk) -> list[dict[str, str]]:
    text = as_csv(rows(desk), ledger_word)
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def xlsx_of(desk: Desk, tmp_path: Path) -> Workbook:
    path = tmp_path / "ledger.xlsx"
    with path.open("wb") as target:
        write_xlsx(rows(desk), ledger_word, target)
    return load_workbook(path)


def life(desk: Desk) -> None:
    """One service from filing to a good end, and a wish that waits."""
    desk.says(LI, "三号楼灯坏了", category="public_facility", place={"building": "3"}, message="x1")
    desk.says(QIAN, "附议1", Act.SECOND, number=1)
    desk.wait(hours=1)
    desk.says(ZHANG, "接1", Act.CLAIM, number=1)
    desk.wait(hours=1)
    desk.says(ZHANG, "1办结", Act.FINISH, number=1)
    desk.says(LI, "1一般", Act.RATE, number=1, rating=3)
    desk.says(GUEST, "想请人陪我妈", kind="wish", category="elder_care", room=None, place={"building": "9"})


def test_the_shape_to_the_letter(desk: Desk) -> None:
    life(desk)
    first, second = rows(desk)
    assert list(first) == KEYS
    assert json.loads(json.dumps(first)) == first
    li = {"id": None, "name": "3-2-501 李姐", "channel": "console", "user": "r-li"}
    qian = {"id": None, "name": "3-1-102 钱叔", "channel": "console", "user": "r-qian"}
    zhang = {"id": "zhang", "name": "张伟", "channel": "console", "user": "u-zhang"}
    events = first.pop("events")
    assert first == {
        "code": "1", "community": "220103001001", "kind": "service", "category": "public_facility", "urgency": "normal",
        "summary": "三号楼灯坏了",
        "location": {"estate": None, "building": "3", "unit": "2", "floor": None, "room": None, "landmark": None},
        "grid": "g1", "room": THREE, "source": {"channel": "console", "room": THREE, "message": "x1"},
        "requester": li, "supporters": [qian], "accountable": zhang, "assignee": zhang, "state": "closed",
        "opened_at": "2026-11-22T09:00:00+08:00", "due_at": "2026-11-29T09:00:00+08:00",
        "accepted_at": "2026-11-22T10:00:00+08:00", "resolved_at": "2026-11-22T11:00:00+08:00",
        "closed_at": "2026-11-22T11:00:00+08:00", "rating": 3, "merged_into": None,
    }  # fmt: skip
    assert [(event["kind"], event["by"]) for event in events] == [
        ("filed", li), ("assigned", None), ("seconded", qian), ("accepted", zhang), ("resolved", zhang), ("rated", li), ("closed", li),
    ]  # fmt: skip
    assert all(list(event) == ["kind", "at", "by", "facts"] and isinstance(event["facts"], dict) for event in events)
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    assert (second["assignee"], second["due_at"], second["room"]) == (None, None, None)
    assert second["source"]["room"] is None
    assert second["accountable"]["id"] == "liu"


def test_an_empty_ledger(desk: Desk, tmp_path: Path) -> None:
    assert rows(desk) == []
    assert csv_of(desk) == []
    assert xlsx_of(desk, tmp_path).worksheets[0].max_row == 1


def test_a_row_a_ticket_with_chinese_headers_and_names(desk: Desk, tmp_path: Path) -> None:
    life(desk)
    first, second = csv_of(desk)
    assert list(first)[:4] == ["编号", "社区", "状态", "类型"]
    assert (first["编号"], first["状态"], first["类型"], first["类别"]) == ("1", "已销号", "服务请求", "公共设施")
    assert (first["诉求人"], first["附议人"], first["主责"], first["承办人"]) == (
        "3-2-501 李姐",
        "3-1-102 钱叔",
        "张伟",
        "张伟",
    )
    assert (first["地点"], first["评价"]) == ("3号楼2单元", "3")
    assert (second["承办人"], second["时限"], second["并入"]) == ("", "", "")
    sheet = xlsx_of(desk, tmp_path).worksheets[0]
    head, one, _ = sheet.iter_rows(values_only=True)
    assert list(head) == list(first)
    assert (one[0], one[2]) == (1, "已销号")
    assert len(head) == len(KEYS) - 2  # neither the source nor the record


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_sheet_never_runs_a_text(desk: Desk, tmp_path: Path, text: str) -> None:
    stored = text.replace("\x00", "\ufffd")  # as `nlu.text.clean` does before the desk sees it
    desk.says(Speaker("u1", stored[:200]), "话", kind="consult", summary=stored)
    (row,) = csv_of(desk)
    for header in ("内容", "诉求人"):
        assert not row[header].startswith(("=", "+", "-", "@", "\t", "\r"))
    if text.startswith(("=", "+", "-", "@")):
        assert row["内容"] == "'" + text
    sheet = xlsx_of(desk, tmp_path).worksheets[0]
    head, cells = list(sheet.iter_rows())
    for header, cell in zip(head, cells, strict=True):
        assert cell.data_type != "f", header.value
    found = {str(header.value): cell.value for header, cell in zip(head, cells, strict=True)}
    summary = found["内容"]
    assert isinstance(summary, str)
    assert len(summary) <= LONGEST_CELL
    if text.startswith(("=", "+", "-", "@")):
        assert summary == text


def test_characters_that_no_sheet_holds_are_replaced() -> None:
    line = dict.fromkeys(KEYS, None) | {
        "code": "1", "state": "filed", "kind": "service", "category": "other", "urgency": "normal", "location": {},
        "requester": {"name": "a\x00b\x1fc"}, "supporters": [{"name": "=1"}, {"name": None}], "summary": "\x0b\x0c",
    }  # fmt: skip
    target = io.BytesIO()
    write_xlsx([line], ledger_word, target)
    head, cells = load_workbook(io.BytesIO(target.getvalue())).worksheets[0].iter_rows()
    found = {header.value: cell.value for header, cell in zip(head, cells, strict=True)}
    assert (found["诉求人"], found["内容"], found["附议人"]) == ("a\ufffdb\ufffdc", "\ufffd\ufffd", "=1、")
    assert "a\ufffdb\ufffdc" in as_csv([line], ledger_word)


def test_who_left_the_register_keeps_the_name_on_tickets(desk: Desk) -> None:
    desk.says(HE, "三号楼灯坏了", category="public_facility", place={"building": "3"})
    assert rows(desk)[0]["requester"]["id"] == "he"
    desk.says(WU, "1派给大勇", Act.ASSIGN, number=1, assign_to="何大勇")
    assert rows(desk)[0]["assignee"] == {"id": "he", "name": "何大勇", "channel": "console", "user": "u-he"}
