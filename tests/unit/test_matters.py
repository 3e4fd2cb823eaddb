"""Two matters in one message: found only where a word begins the second, and never in an emergency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from bot.gateway.matters import with_second_matters

CATEGORIES = {"电梯": "elevator", "灯": "public_facility", "垃圾": "sanitation", "冒烟": "fire_safety"}


def parse_of(text: str) -> dict[str, Any]:
    """A reading by the first thing that is named; whoever names nothing only talks."""
    category = next((category for word, category in CATEGORIES.items() if word in text), None)
    urgency = "emergency" if "冒烟" in text else "normal"
    intent = {"name": "report" if category else "chitchat", "confidence": 0.95}
    return {"intent": intent, "matter": {"category": category or "other", "urgency": urgency}}


def second(text: str) -> str | None:
    def read(texts: Sequence[str]) -> list[dict[str, Any] | None]:
        return [parse_of(part) for part in texts]

    [found] = with_second_matters([text], [parse_of(text)], read, 0.9)
    return (found or {}).get("second_matter")


def test_another_matter_behind_a_word_that_begins_it() -> None:
    assert second("3号楼电梯坏了。另外楼下垃圾也没人收") == "楼下垃圾也没人收"
    assert second("门口的灯不亮，还有个事，电梯按键失灵了") == "电梯按键失灵了"


@pytest.mark.parametrize(
    "text",
    [
        "3号楼电梯坏了。楼下垃圾也没人收",  # no word begins it
        "3号楼电梯坏了。另外电梯的按键也不灵",  # the same matter
        "3号楼电梯坏了，另外谢谢大家一直帮忙",  # talk
        "大家早上好呀，另外3号楼电梯坏了",  # talk before
        "配电箱冒烟了！另外楼下垃圾也没人收",  # danger
        "另外3号楼电梯坏了",  # nothing before
    ],
)
def test_one_matter_asks_nothing(text: str) -> None:
    assert second(text) is None


def test_without_the_pipeline_nothing_is_read_twice() -> None:
    assert with_second_matters(["电梯坏了。另外灯不亮"], [None], lambda _texts: pytest.fail("read"), 0.9) == [None]
