"""What `linli community` says of a register that is wrong, or looks like a slip."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.cli.register_words import meaning_of, tell_problems, tell_slips
from bot.cli.words import words_of
from desk.services.register_file import read_register

DOCS = Path(__file__).parents[2] / "docs" / "名册.md"
FILE = """
community: {{code: "1", name: 一}}
members: [{{id: a, name: 甲, role: officer, identities: [{{channel: {channel}, user: "{user}"}}]}}]
rooms: [{{channel: {channel}, id: "{room}", purpose: residents}}]
"""


def test_every_code_of_the_docs_has_its_meaning_and_the_other_way_round() -> None:
    table = DOCS.read_text(encoding="utf-8").split("## 报错是什么意思")[1]
    codes = {code for row in re.findall(r"(?m)^\| (`.*?`) \|", table) for code in re.findall(r"`(\w+)`", row)}
    reasons = set(re.findall(r"`(\w+)`", table.split("`reason`：")[1].split("|")[0]))
    assert set(words_of("register")) == codes | {f"unreadable_{reason}" for reason in reasons}


def test_a_problem_is_told_with_place_meaning_and_code(capsys: pytest.CaptureFixture[str]) -> None:
    tell_problems([{"where": "line 3", "code": "unknown_member", "key": "officer", "value": "b"}])
    said = capsys.readouterr().err.splitlines()
    assert said[1] == "  line 3：文件里没有这个人员编号（unknown_member key=officer value=b）"


def test_an_unreadable_file_has_a_reason() -> None:
    assert meaning_of({"code": "unreadable", "reason": "not_utf8"}) == "编码不是 UTF-8"
    assert meaning_of({"code": "unreadable", "reason": "of another kind"}) == "文件读不了"


@pytest.mark.parametrize(
    ("channel", "user", "room", "slips"),
    [
        ("console", "u-1", "幸福里", []),
        ("wechat", "wxid_7", "199@chatroom", []),
        ("telegram", "7123456789", "-1002003004005", []),
        ("telegram", "7123456789", "1002003004005", ["line 4：Telegram 的群编号是负数"]),
        ("telegram", "@zhang", "-4001", ["line 3：Telegram 的账号编号是一串数字"]),
        ("telegramm", "7", "-7", ["line 3：没有叫 telegramm 的频道", "line 4：没有叫 telegramm 的频道"]),
    ],
)
def test_slips(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], channel: str, user: str, room: str, slips: list[str]
) -> None:
    path = tmp_path / "r.yml"
    path.write_text(FILE.format(channel=channel, user=user, room=room), encoding="utf-8")
    tell_slips(read_register(path))
    said = capsys.readouterr().err.splitlines()
    assert [line.removeprefix("留意 ")[: len(slip)] for line, slip in zip(said, slips, strict=True)] == slips
