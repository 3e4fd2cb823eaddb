"""What no database takes is made fit, or has no name."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest

from bot.gateway.intake import storable
from desk.services.mailroom import Arrival

PLAIN = Arrival("wechat", "r", "m", "u", "李姐", "在吗", datetime(2026, 11, 22, tzinfo=timezone.utc))
BAD = "坏\x00的\ud800字"


@pytest.mark.parametrize("field", ["text", "name", "quoted", "topic", "reply_to", "reply_to_bot_about"])
def test_words_are_made_fit(field: str) -> None:
    found = storable(replace(PLAIN, **{field: BAD}))
    assert found is not None
    value = getattr(found, field) or ""
    assert "\x00" not in value
    value.encode("utf-8")


@pytest.mark.parametrize("field", ["channel", "room", "message", "user", "target"])
def test_names_are_not(field: str) -> None:
    assert storable(replace(PLAIN, **{field: BAD * 200})) is None


def test_a_quote_is_compared_with_what_was_stored() -> None:
    said, quoting = storable(replace(PLAIN, text=BAD)), storable(replace(PLAIN, quoted=BAD))
    assert said is not None
    assert quoting is not None
    assert quoting.quoted == said.text
