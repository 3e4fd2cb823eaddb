"""Places in a hundred thousand characters that were written to hurt: they come back, and say nothing untrue."""

from __future__ import annotations

import pytest

from nlu.location import Reading, read_place

HOSTILE = ["3-", "3-3-", "一二三四", "一", "3", "3号楼", "幸福里", "里", "3、", "A-", "花园", "小区", "3栋", "二期",
           "东", "路", "3 - ", "住501", "阳光花园二期3号楼",
           "地下", "\u200b3", " ", "十", "中心", "没有一个"]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_hundred_thousand_hostile_characters_come_back(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    assert isinstance(read_place(text, frozenset({"幸福里", "里里里里里里"})), Reading)
