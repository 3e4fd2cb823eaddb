"""Text made storable and comparable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.text import READ_AT_MOST, clean, normalise, simplified


@pytest.mark.parametrize(
    "bad", ["\x00", "\x01", "\x07", "\x0b", "\x1f", "\x7f", "\x85", chr(0xD800), chr(0xDFFF), "\ufffe", "\uffff"]
)
def test_what_cannot_be_stored_is_replaced(bad: str) -> None:
    assert clean(f"电{bad}梯") == "电\ufffd梯"


@pytest.mark.parametrize("text", ["一行\n二行\r\n三行\t四", "👨‍👩‍👧‍👦 好", "ＡＢＣ", "", "\u200b", "𠮷野家"])
def test_what_can_be_stored_stays(text: str) -> None:
    assert clean(text) == text


@given(st.text(st.characters(codec=None), max_size=50))
def test_whatever_is_cleaned_can_be_stored_and_has_its_length(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) == len(text)
    assert "\x00" not in cleaned
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("３号楼", "3号楼"),
        ("ＡＢｃ！", "ABc!"),
        ("三號樓電梯壞了", "三号楼电梯坏了"),
        ("  电梯 \n\n 坏了\t", "电梯 坏了"),
        ("电\u200b梯\ufeff坏\u202e了", "电梯坏了"),
        ("@小助手 电梯坏了", "电梯坏了"),
        ("@小助手\u2005电梯坏了", "电梯坏了"),
        ("电梯坏了！！！！", "电梯坏了!"),
        ("啊啊啊啊啊啊啊", "啊啊啊"),
        ("11112222", "11112222"),
        ("满意。。。", "满意。"),
        ("ｋm²", "km2"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_normalised(text: str, read: str) -> None:
    assert normalise(text) == read


@pytest.mark.parametrize("unit", ["长", "@", "@人 ", "！", "\u200b", "\ufdfa", " ", "號", "a\u0301"])
def test_a_hundred_thousand_characters_are_cut(unit: str) -> None:
    assert len(normalise((unit * 100_000)[:100_000])) <= READ_AT_MOST


@given(st.text(max_size=60))
def test_normalising_is_bounded_and_leaves_no_line_breaks(text: str) -> None:
    read = normalise(text)
    assert read == read.strip()
    assert "\n" not in read


def test_simplified_leaves_what_is_simple() -> None:
    assert simplified("hello, 3-2-501") == "hello, 3-2-501"
    assert simplified("电梯坏了") == "电梯坏了"
    assert simplified("電梯壞了") == "电梯坏了"
