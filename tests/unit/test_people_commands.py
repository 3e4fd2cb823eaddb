"""What is said about rooms and people, exactly; and the words that only look like it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.routing.grammar import read_command, read_joining_command
from bot.routing.people import read_told
from desk.domain.words import Act

SETTINGS: list[tuple[str, dict[str, Any]]] = [
    ("/bind", {"manage": "bind", "bind_to": ""}),
    ("/bind@linli_bot 第一网格", {"manage": "bind", "bind_to": "第一网格"}),
    ("@邻里 绑定", {"manage": "bind", "bind_to": ""}),
    ("绑定第一网格", {"manage": "bind", "bind_to": "第一网格"}),
    ("綁定 志願者群", {"manage": "bind", "bind_to": "", "purpose": "volunteers"}),
    ("绑定 第一网格，工作群", {"manage": "bind", "bind_to": "第一网格", "purpose": "staff"}),
    ("绑定 接管 -1001234", {"manage": "bind", "bind_to": "", "takes_over": "-1001234"}),
    ("绑定 幸福里社区 接管 幸福里老群", {"manage": "bind", "bind_to": "幸福里社区", "takes_over": "幸福里老群"}),
    ("解绑", {"manage": "unbind"}),
    ("关联", {"manage": "link", "code": None}),
    ("绑定账号", {"manage": "link", "code": None}),
    ("关联 012345", {"manage": "link", "code": "012345"}),
    ("关联０１２３４５", {"manage": "link", "code": "012345"}),
    ("取消关联", {"manage": "unlink"}),
    ("我住3-2-501", {"manage": "home"}),
    ("我家在幸福里3栋2单元501", {"manage": "home"}),
    ("我住翠湖天地3栋301的。", {"manage": "home"}),
    ("忘记我住哪", {"manage": "forget_home"}),
    ("删除我的住址", {"manage": "forget_home"}),
]


@pytest.mark.parametrize(("text", "details"), SETTINGS)
def test_a_setting(text: str, details: dict[str, Any]) -> None:
    command = read_command(text)
    assert command is not None
    assert (command.act, command.number, command.details) == (Act.MANAGE, None, details)


@pytest.mark.parametrize(
    "text",
    [
        "我家在3栋2单元，水管漏了", "我住的3号楼电梯坏了", "我家在3栋楼上天天漏水", "我住3号楼，昨天停电了", "我家在幸福里", "我住三楼",
        "关联一下", "关联 12345", "关联 1234567", "解绑银行卡怎么弄", "忘记我住哪了吗你", "地点在哪里", "地点是哪", "位置是在哪儿",
        "不急", "特急件", "同意", "不同意", "报到", "代评一下", "代报", "绑定" + "长短" * 35,
    ],
)  # fmt: skip
def test_what_only_looks_like_one(text: str) -> None:
    command = read_command(text)
    assert command is None or command.act is Act.CLAIM  # 报到 by reply claims, as ever


CORRECTIONS: list[tuple[str, int | None, dict[str, Any]]] = [
    ("地点是3号楼2单元", None, {"place_words": "3号楼2单元"}),
    ("231地点改成幸福里3栋", 231, {"place_words": "幸福里3栋"}),
    ("231号单的地址应该是南门", 231, {"place_words": "南门"}),
    ("这是特急", None, {"urgency_to": "emergency"}),
    ("改成紧急", None, {"urgency_to": "urgent"}),
    ("231不急", 231, {"urgency_to": "normal"}),
    ("231改成一般", 231, {"urgency_to": "normal"}),
    ("231特急", 231, {"urgency_to": "emergency"}),
]


@pytest.mark.parametrize(("text", "number", "details"), CORRECTIONS)
def test_a_correction(text: str, number: int | None, details: dict[str, Any]) -> None:
    command = read_command(text)
    assert command is not None
    assert (command.act, command.number, command.details) == (Act.CORRECT, number, details)


@pytest.mark.parametrize(
    ("text", "number", "rating"), [("代评231满意", 231, 5), ("代评 231 不满意", 231, 1), ("代评一般", None, 3), ("代评7 4分", 7, 4)]
)  # fmt: skip
def test_a_judgement_for_somebody_else(text: str, number: int | None, rating: int) -> None:
    command = read_command(text)
    assert command is not None
    assert (command.act, command.number) == (Act.RATE, number)
    assert command.details == {"rating": rating, "on_behalf": True, "bare": True}


def test_answers_to_who_reports_in() -> None:
    found = {
        text: read_joining_command(text)
        for text in ("报到", "同意", "不同意 小唐", "同意！", "报到7", "我不同意你说的")
    }
    words = {text: command.details if command else None for text, command in found.items()}
    assert words == {
        "报到": {"manage": "join"},
        "同意": {"manage": "admit", "allow": True, "whom": ""},
        "不同意 小唐": {"manage": "admit", "allow": False, "whom": "小唐"},
        "同意！": {"manage": "admit", "allow": True, "whom": ""},
        "报到7": None,
        "我不同意你说的": None,
    }


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("代报 3-2-501李大爷 13800000000 家里水管漏了", "李大爷"), ("代报：三号楼电梯坏了，李阿姨打电话说的", "李阿姨"),
        ("@邻里 代报 王秀英 13800000000 下水堵了", "王秀英"), ("/代報 老王家停電了", "老王"), ("代报 南门有人乱停车", "一位居民"),
    ],
)  # fmt: skip
def test_who_told(text: str, name: str) -> None:
    told = read_told(text)
    assert told is not None
    assert told.name == name
    assert not told.matter.startswith(("代", ":", "："))


def test_the_caller_is_no_part_of_the_matter() -> None:
    told = read_told("代报 3-2-501李大爷 138 0000 0000 打电话说家里水管漏了")
    assert told is not None
    assert told.heard.split() == ["3-2-501", "家里水管漏了"]
    assert "138 0000 0000" in told.matter


@pytest.mark.parametrize("text", ["代报", "代报 嗯", "请代报一下电梯坏了", "", "代"])
def test_nothing_is_told(text: str) -> None:
    assert read_told(text) is None


WORDS = st.sampled_from(
    [
        "绑定",
        "关联",
        "我住",
        "我家在",
        "代报",
        "代评",
        "地点是",
        "接管",
        "同意",
        "3",
        "-",
        "231",
        "栋",
        "满意",
        " ",
        "@",
        "\x00",
        "\n",
    ]
)


@given(st.lists(st.one_of(WORDS, st.text(max_size=6)), max_size=40).map("".join))
def test_no_text_breaks_the_grammar(text: str) -> None:
    for found in (read_command(text), read_joining_command(text)):
        assert found is None or isinstance(found.fields, dict)
    told = read_told(text)
    assert told is None or told.matter
