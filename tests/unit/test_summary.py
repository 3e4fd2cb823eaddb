"""The summary that anybody may read: no phone in any writing, no name, no door number."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.summary import HIDDEN, LONGEST, LONGEST_MASKED, mask, summarise

PHONE = "13812345678"


@pytest.mark.parametrize(
    "written",
    [
        PHONE, "138 1234 5678", "138-1234-5678", "138–1234–5678", "138—1234—5678", "+8613812345678", "+86 138 1234 5678",
        "86-13812345678", "1 3 8 1 2 3 4 5 6 7 8", "0431-88123456", "88123456", "8812345", "4008123123",
        "１３８１２３４５６７８", "22010319900101123X", "220103199001011234",
        "138.1234.5678", "138--1234--5678", "138\u200b1234\u200b5678", "一三八一二三四五六七八", "幺三八幺二三四五六七八",
    ],
)  # fmt: skip
def test_no_phone_in_any_writing(written: str) -> None:
    said = summarise(f"电梯坏了，打我电话{written}，谢谢")
    assert "电梯坏了" in said
    assert written not in said
    digits = "".join(c for c in said if c.isdigit() or c in "一二三四五六七八九零幺〇")
    assert len(digits) < 7, said


@pytest.mark.parametrize(
    "number", ["3号楼", "12栋2单元", "2026年11月22日", "每平米3500", "110", "231号单", "第5次", "10.5米"]
)
def test_other_numbers_stay(number: str) -> None:
    assert number in summarise(f"说一下{number}的事")


@pytest.mark.parametrize("mail", ["li@example.com", "a.b-c+d@mail.example.cn"])
def test_no_mail(mail: str) -> None:
    assert mail not in summarise(f"发到{mail}吧")
    assert HIDDEN in summarise(f"发到{mail}吧")


@pytest.mark.parametrize(
    ("text", "gone", "kept"),
    [
        ("我是王建国，三号楼漏水", "王建国", "漏水"),
        ("我叫李秀兰，楼道灯坏了", "李秀兰", "楼道灯坏了"),
        ("联系人：张伟，水管爆了", "张伟", "水管爆了"),
        ("姓名：赵敏，门锁坏了", "赵敏", "门锁坏了"),
        ("王大爷一个人在家没人管", "王大爷", "一个人在家"),
        ("李秀兰阿姨家漏水", "李秀兰", "漏水"),
        ("老王师傅修得好", "老王", "修得好"),
        ("@张伟 电梯坏了", "张伟", "电梯坏了"),
        ("＠张伟，电梯坏了", "张伟", "电梯坏了"),
    ],
)
def test_no_name(text: str, gone: str, kept: str) -> None:
    said = summarise(text)
    assert gone not in said
    assert kept in said


@pytest.mark.parametrize(
    ("sender", "text", "gone"),
    [
        ("3-2-501 李姐", "李姐家漏水了", "李姐"),
        ("3-2-501 李秀兰", "我李秀兰说一句", "李秀兰"),
        ("王建国 9栋", "王建国报修", "王建国"),
    ],
)
def test_no_name_of_the_sender(sender: str, text: str, gone: str) -> None:
    assert gone not in summarise(text, [sender])


def test_a_nickname_that_is_a_word_stays() -> None:
    assert summarise("云淡风轻的日子电梯坏了", ["云淡风轻"]) == "云淡风轻的日子电梯坏了"


@pytest.mark.parametrize(
    ("text", "gone", "kept"),
    [
        ("3号楼2单元501漏水", "501", "2单元"),
        ("3号楼2单元501室漏水", "501", "漏水"),
        ("3-2-501漏水", "501", "漏水"),
        ("幸福里3栋1203房间没水", "1203", "没水"),
        ("三号楼五零一漏水", "五零一", "漏水"),
        ("3-2-501漏到3-2-401了", "401", "漏到"),
        ("我住501，楼上一直响", "501", "一直响"),
    ],
)
def test_no_door_number(text: str, gone: str, kept: str) -> None:
    said = summarise(text)
    assert gone not in said
    assert kept in said


def test_one_short_line() -> None:
    assert summarise("一\n\n二\r\n三\t四") == "一 二 三 四"
    long = summarise("长" * 100_000)
    assert len(long) == LONGEST
    assert long.endswith("…")
    assert summarise("") == ""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("张伟和欧阳娜娜都来过，灯还是坏的", "和都来过，灯还是坏的"),
        ("我是王建国，3号楼2单元501漏水，电话13812345678", "，3号楼2单元漏水，电话***"),
        ("找幸福物业也没用", "找幸福物业也没用"),
        ("今天天气不错", "今天天气不错"),
    ],
)
def test_masked_words_name_nobody_of_the_register(text: str, wanted: str) -> None:
    assert mask(text, ["3-2-501 李姐"], ["张伟", "欧阳娜娜", "天"]) == wanted.lstrip("，")


def test_masked_words_are_longer_than_a_summary() -> None:
    text = "灯坏了，" * 60
    assert mask(text[:240]) == text[:239]
    assert len(mask(text * 10)) == LONGEST_MASKED == 300
    assert mask(text * 10).endswith("…")


@given(st.text(max_size=200))
def test_any_text_gives_one_line(text: str) -> None:
    said = summarise(text, [text])
    assert len(said) <= LONGEST
    assert len(said.splitlines()) <= 1


@settings(max_examples=50)
@given(st.lists(st.sampled_from([f"{digit}{gap}" for digit in "0123456789" for gap in ("", " ", "-")]), min_size=7))
def test_no_seven_digits_together(digits: list[str]) -> None:
    text = "".join(digits).strip(" -")
    said = summarise(f"电话是{text}，记一下")
    runs = "".join(c if c.isdigit() else " " for c in said.replace(" ", "").replace("-", "")).split()
    assert all(len(run) < 7 for run in runs), said
