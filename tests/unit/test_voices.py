"""Voices are heard by what hardly anybody else would write."""

from __future__ import annotations

import pytest

from nlu.voices import voices_of


@pytest.mark.parametrize(
    ("text", "voices"),
    [
        ("路灯坏了", {"terse"}),
        ("樓道的燈壞了很久沒人來修", {"traditional", "unpunctuated"}),
        ("部电梯又坏咗喇，边个识整", {"cantonese"}),
        ("这灯咋又不亮了，整得人心慌", {"northeastern"}),
        ("楼高头漏水，啥子时候来修嘛", {"sichuanese"}),
        ("尊敬的领导，恳请有关部门尽快处理", {"formal"}),
        ("凭什么天天停水！！", {"angry"}),
        ("请问wifi密码是多少😀，谢谢", {"polite", "latin", "emoji"}),
        ("今天的会改到下午三点，大家互相转告一下", set()),
    ],
)
def test_a_voice_is_heard(text: str, voices: set[str]) -> None:
    assert voices_of(text) == voices
