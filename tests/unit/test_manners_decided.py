"""The decision alone: what becomes of a message, and that the order of precedence holds for every case there can be."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.domain.manners import MINUTE, PATIENCE, Case, Manner, Sort, Verdict, decide, free_at, night_until, read_quiet

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=timezone.utc)
SHANGHAI = ZoneInfo("Asia/Shanghai")
SOON, LATER = NOW + timedelta(minutes=1), NOW + timedelta(hours=1)

MOMENTS = st.none() | st.integers(-7200, 7200).map(lambda seconds: NOW + timedelta(seconds=seconds))
CASES = st.builds(
    Case,
    sort=st.sampled_from(Sort), now=st.just(NOW), in_room=st.booleans(), reachable=st.booleans(), receipt=st.booleans(),
    joinable=st.booleans(), waited=st.booleans(), stale=st.booleans(), private_rather=st.booleans(),
    silent_until=MOMENTS, night_until=MOMENTS, free_at=MOMENTS, crowded_until=MOMENTS,
)  # fmt: skip


def future(moment: datetime | None) -> bool:
    return moment is not None and moment > NOW


@given(CASES)
def test_the_order_holds_whatever_the_case(case: Case) -> None:
    verdict = decide(case)
    spoken = verdict.manner in (Manner.SAY, Manner.JOIN)
    if case.sort is Sort.EMERGENCY or not case.in_room:
        assert verdict == Verdict(Manner.SAY)
        return
    assert (verdict.manner is Manner.HOLD) == future(verdict.until), "held always for a time that comes"
    assert not (spoken and future(case.free_at)), "over the budget"
    assert not (spoken and future(case.silent_until)), "into a silence"
    if case.sort is Sort.ANSWER:
        assert verdict.manner is not Manner.DROP
        assert verdict.manner is not Manner.PRIVATE or case.reachable
    else:
        assert verdict.manner is not Manner.PRIVATE
        assert not (spoken and future(case.night_until)), "in quiet hours"
        assert (verdict.manner is Manner.DROP) == case.stale


@given(CASES, MOMENTS)
def test_the_night_holds_no_answer(case: Case, night: datetime | None) -> None:
    if case.sort is Sort.ANSWER:
        plain = {name: value for name, value in vars(case).items() if name != "night_until"}
        assert decide(case) == decide(Case(**plain, night_until=night))


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({}, Verdict(Manner.SAY)),
        ({"silent_until": LATER}, Verdict(Manner.HOLD, LATER)),
        ({"silent_until": LATER, "reachable": True}, Verdict(Manner.PRIVATE)),
        ({"crowded_until": SOON}, Verdict(Manner.SAY)),
        ({"crowded_until": SOON, "receipt": True, "reachable": True}, Verdict(Manner.HOLD, SOON)),
        ({"crowded_until": SOON, "receipt": True, "waited": True, "joinable": True}, Verdict(Manner.JOIN)),
        ({"free_at": NOW + PATIENCE, "receipt": True, "reachable": True}, Verdict(Manner.HOLD, NOW + PATIENCE)),
        ({"free_at": LATER, "receipt": True, "reachable": True}, Verdict(Manner.PRIVATE)),
        ({"free_at": LATER, "receipt": True}, Verdict(Manner.HOLD, LATER)),
        ({"free_at": SOON, "reachable": True}, Verdict(Manner.PRIVATE)),
        ({"private_rather": True, "reachable": True}, Verdict(Manner.PRIVATE)),
        ({"private_rather": True}, Verdict(Manner.SAY)),
    ],
)
def test_answers(facts: dict[str, object], verdict: Verdict) -> None:
    assert decide(Case(Sort.ANSWER, NOW, **facts)) == verdict  # type: ignore[arg-type]


def test_what_nobody_asked_for_waits_for_all_of_it() -> None:
    case = Case(Sort.UNASKED, NOW, free_at=SOON, night_until=LATER, silent_until=SOON)
    assert decide(case) == Verdict(Manner.HOLD, LATER)
    assert decide(Case(Sort.UNASKED, NOW)) == Verdict(Manner.SAY)


@given(st.lists(st.integers(0, 7200), max_size=30), st.integers(1, 10))
def test_a_budget_is_free_when_it_says_and_not_a_second_before(ago: list[int], limit: int) -> None:
    said = [NOW - timedelta(seconds=seconds) for seconds in ago]
    free = free_at(said, NOW, limit)
    moment = NOW if free is None else free
    assert NOW <= moment <= NOW + timedelta(hours=1)
    assert sum(moment - timedelta(hours=1) < one <= moment for one in said) < limit
    if free is not None:
        before = free - timedelta(seconds=1)
        assert sum(before - timedelta(hours=1) < one <= before for one in said) >= limit
    assert free_at(said, NOW, None) is None
    assert free_at([NOW] * 3, NOW, 3, MINUTE) == NOW + MINUTE


@pytest.mark.parametrize(
    ("text", "hours"),
    [("22:00-07:00", "22:00-07:00"), ("２２：００—7:30", "22:00-07:30"), (" none ", "none"), ("12:30 ~ 14:00", "12:30-14:00"),
     ("22:00-22:00", None), ("24:00-07:00", None), ("22-7", None), ("", None), ("夜里", None)],
)  # fmt: skip
def test_quiet_hours_as_they_are_written(text: str, hours: str | None) -> None:
    assert read_quiet(text) == hours


@pytest.mark.parametrize(
    ("local", "quiet", "until"),
    [
        ("2026-11-22T22:00", "22:00-07:00", "2026-11-23T07:00"),
        ("2026-11-22T21:59", "22:00-07:00", None),
        ("2026-11-23T06:59", "22:00-07:00", "2026-11-23T07:00"),
        ("2026-11-23T07:00", "22:00-07:00", None),
        ("2026-11-23T13:00", "12:30-14:00", "2026-11-23T14:00"),
        ("2026-11-23T14:00", "12:30-14:00", None),
        ("2026-11-23T23:00", "none", None),
        ("2026-11-23T23:00", None, None),
    ],
)
def test_when_the_night_ends(local: str, quiet: str | None, until: str | None) -> None:
    now = datetime.fromisoformat(local).replace(tzinfo=SHANGHAI)
    assert night_until(now, quiet, SHANGHAI) == (
        datetime.fromisoformat(until).replace(tzinfo=SHANGHAI) if until else None
    )
