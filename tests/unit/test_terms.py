"""The desk's periods, as the interface and the taxonomy name them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk.domain import terms
from desk.domain.words import Kind, Urgency

HOURS = {"emergency": 2, "urgent": 24, "normal": 7 * 24}


@pytest.mark.parametrize("kind", ["service", "complaint", "consult", "suggest"])
@pytest.mark.parametrize("urgency", HOURS)
def test_the_term_follows_the_urgency(kind: str, urgency: str) -> None:
    assert terms.term(Kind(kind), Urgency(urgency)) == timedelta(hours=HOURS[urgency])


@pytest.mark.parametrize("kind", ["wish", "praise"])
@pytest.mark.parametrize("urgency", HOURS)
def test_a_gift_and_praise_have_none(kind: str, urgency: str) -> None:
    assert terms.term(Kind(kind), Urgency(urgency)) is None


def test_the_periods_of_the_interface() -> None:
    assert timedelta(hours=2) == terms.SAME_MATTER
    assert timedelta(minutes=30) == terms.RECENT
    assert timedelta(minutes=30) == terms.PLACE_QUESTION
    assert timedelta(hours=72) == terms.AUTO_CLOSE


def test_somebody_has_to_go_there_for_a_service_and_a_complaint() -> None:
    assert {kind.value for kind in terms.NEEDS_PLACE} == {"service", "complaint"}
