"""Private words: what must not be readable and what must stay, written before the patterns were (private.jsonl)."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.private import HIDDEN, find, veil

CASES = [json.loads(line) for line in Path(__file__).with_name("private.jsonl").read_text("utf-8").splitlines()]
SECRET = [case for case in CASES if case["hide"]]
HARMLESS = [case["text"] for case in CASES if not case["hide"]]


def test_there_are_enough_of_both() -> None:
    assert len(SECRET) >= 100
    assert len(HARMLESS) >= 60
    assert len({case["kind"] for case in SECRET}) >= 12


@pytest.mark.parametrize("case", SECRET, ids=lambda case: case["text"])
def test_hidden(case: dict[str, Any]) -> None:
    said = veil(case["text"])
    assert HIDDEN in said
    for secret in case["hide"]:
        assert secret not in said


@pytest.mark.parametrize("case", SECRET, ids=lambda case: case["text"])
def test_hidden_inside_of_a_report(case: dict[str, Any]) -> None:
    said = veil(f"楼道灯坏了。{case['text']}。麻烦派人来看看")
    assert said.startswith("楼道灯坏了")
    assert said.endswith("麻烦派人来看看")
    for secret in case["hide"]:
        assert secret not in said


@pytest.mark.parametrize("text", HARMLESS)
def test_left(text: str) -> None:
    assert veil(text) == text


# --- nothing is private in what is left -----------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *"0123456789一三八〇①③⑧１３８٣𝟏lOo两陆伍 -－.·，,、/（）()\n\u200b\ufe0f\u20e3+@#*°′xX叉年月日号楼室栋单元",
        "138", "1234", "5678", "86", "3-2-501", "三号楼二单元五零一", "李秀英", "王大爷", "老王", "欧阳先生", "我是", "联系人", "京A", "吉Ａ",
        "微信", "vx", "QQ", "密码", "身份证", "护照E", "癌", "残疾证", "疫苗", "电梯编号", "元", "¥", "2026-11-22", "12345", "a.b@c.cn", "wxid_",
        "北纬39.", "生于19", "***", "\ud83d", "\udc00", "👨‍👩‍👧", "馬", "张",
    ]
)  # fmt: skip
ANY = st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(st.characters(), max_size=200))


@settings(max_examples=400)
@given(ANY, st.booleans())
def test_veiled_once_is_veiled_for_good(text: str, names: bool) -> None:
    said = veil(text, names=names)
    assert find(said, names=names) == []
    assert veil(said, names=names) == said


@settings(max_examples=200)
@given(ANY)
def test_spans_lie_in_the_text_in_order(text: str) -> None:
    spans = find(text, doors=True)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(left.end <= right.start for left, right in itertools.pairwise(spans))


@settings(max_examples=100)
@given(st.lists(st.sampled_from(["13812345678", "13912345678", "22010319900101123X", "6222021234567890128"]), min_size=1),
       st.sampled_from(["", " ", "-", "、", "\n", "，", "\u200b", "电话"]))  # fmt: skip
def test_no_seven_digits_of_a_row_of_numbers(numbers: list[str], between: str) -> None:
    said = veil(between.join(numbers))
    assert not any(number[:7] in said or number[-7:] in said for number in numbers)


@pytest.mark.parametrize(
    "unit",
    [
        "1",
        "1 ",
        "1-",
        "a",
        "a@",
        "a.",
        "王",
        "王大",
        "3-2-501 ",
        "3-2-501",
        "微信",
        "京A",
        "癌",
        " ",
        "我是王",
        "(",
        "1️⃣",
        "一",
        "号",
        "39.9042,",
        "密码:",
        "电梯编号",
        "\ud800",
        "李秀英住",
    ],
)
def test_a_hundred_thousand_characters_are_looked_at_once(unit: str) -> None:
    short, long = (least_work(unit, length) for length in (12_500, 100_000))
    assert long < 24 * short + 0.05  # eight times the text; what is quadratic takes 64 times as long


def least_work(unit: str, length: int) -> float:
    """The processor's seconds for a text, the least of three: a ratio of two of them says how the work grows."""
    text = (unit * length)[:length]
    taken = []
    for _try in range(3):  # the first one of a long text mostly waits for memory
        begun = time.process_time()
        veil(text)
        taken.append(time.process_time() - begun)
    return min(taken)
