"""How what is not said of a place is filled in, and when two reports speak of one place."""

from __future__ import annotations

import pytest

from desk.domain.place import Place, filled, same_place


def place(words: str) -> Place:
    """`building=3 unit=2` as a place."""
    return Place(**dict(pair.split("=") for pair in words.split()))


@pytest.mark.parametrize(
    ("said", "sender", "room", "found"),
    [
        # nothing said: the household of the sender, then the room's title
        ("", "building=3 unit=2 room=501", "building=3", "building=3 unit=2 room=501"),
        ("", "", "estate=里 building=3", "estate=里 building=3"),
        ("", "unit=2 room=501", "estate=里 building=3", "estate=里 building=3 unit=2 room=501"),
        ("", "building=3 unit=2 room=501", "estate=里 building=5", "estate=里 building=3 unit=2 room=501"),
        ("", "", "", ""),
        ("", "floor=5 room=501", "", "floor=5 room=501"),
        # floor and room only if the text names no place at all
        ("building=3", "building=3 unit=2 room=501 floor=5", "", "building=3 unit=2"),
        ("floor=2", "building=3 unit=2 room=501", "", "building=3 unit=2 floor=2"),
        ("room=302", "building=3 unit=2 room=501", "", "building=3 unit=2 room=302"),
        ("landmark=南门", "building=3 unit=2 room=501", "estate=里", "estate=里 landmark=南门"),
        # a contradiction stops the filling, from the outside in
        ("building=5", "building=3 unit=2 room=501", "estate=里", "estate=里 building=5"),
        ("unit=1", "building=3 unit=2 room=501", "", "building=3 unit=1"),
        ("estate=园", "estate=里 building=3 unit=2", "estate=里", "estate=园"),
        ("building=5", "estate=里 building=3", "", "estate=里 building=5"),
        # a landmark of the estate stands in no building unless one was said
        ("landmark=车库", "estate=里 building=3", "", "estate=里 landmark=车库"),
        ("building=3 landmark=门口", "building=3 unit=2", "", "building=3 unit=2 landmark=门口"),
        # the first source wins
        ("unit=2", "building=3", "building=9", "building=3 unit=2"),
    ],
)
def test_outer_levels_are_filled(said: str, sender: str, room: str, found: str) -> None:
    assert filled(place(said), place(sender), place(room)) == place(found)


def test_a_unit_of_one_building_is_never_given_to_another() -> None:
    assert filled(place("building=5"), place("building=3 unit=2")).unit is None
    assert filled(place("building=5"), place("building=3 unit=2"), place("building=5 unit=1")) == place(
        "building=5 unit=1"
    )


def test_without_sources_nothing_changes() -> None:
    assert filled(place("unit=2")) == place("unit=2")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("building=3", "building=3", True),
        ("building=3", "building=5", False),
        ("landmark=南门", "landmark=南门", True),
        ("landmark=南门", "landmark=北门", False),
        ("building=3", "building=3 landmark=门口", False),
        ("building=3 unit=1", "building=3 unit=2", False),
        ("building=3 unit=1", "building=3", True),
        ("building=3 floor=2", "building=3 floor=5", False),
        ("building=3 room=501", "building=3 room=502", False),
        ("estate=里 building=3", "estate=园 building=3", False),
        ("estate=里 building=3", "building=3", True),
        ("", "", False),
        ("floor=2", "floor=2", False),
        ("estate=里", "estate=里", False),
    ],
)
def test_one_place_or_two(one: str, other: str, same: bool) -> None:
    left, right = place(one), place(other)
    assert same_place(left, right, one_said=left, other_said=right, private=False) is same
    assert same_place(right, left, one_said=right, other_said=left, private=False) is same


def test_households_count_only_in_private_matters() -> None:
    left, right = place("building=3 unit=2 room=501"), place("building=3 unit=1 room=102")
    said = place("building=3")
    assert same_place(left, right, one_said=said, other_said=said, private=False)
    assert not same_place(left, right, one_said=said, other_said=said, private=True)
    assert same_place(left, left, one_said=said, other_said=said, private=True)


def test_the_six_keys_of_the_ledger() -> None:
    levels = ["estate", "building", "unit", "floor", "room", "landmark"]
    assert list(Place(room="501").as_dict()) == levels
    whole = dict(zip(levels, ["里", "3", "2", "5", "501", "门口"], strict=True))
    assert Place.from_dict(whole).as_dict() == whole
    assert Place.from_dict(None) == Place.from_dict({}) == Place()
    assert Place.from_dict({"building": 3, "unit": "", "room": None, "more": "x"}) == Place()


@pytest.mark.parametrize(
    ("words", "empty", "located"),
    [("", True, False), ("building=3", False, True), ("landmark=南门", False, True), ("estate=里", False, False),
     ("unit=2 floor=1 room=101", False, False)],
)  # fmt: skip
def test_enough_to_send_somebody(words: str, empty: bool, located: bool) -> None:
    assert (place(words).is_empty, place(words).is_located) == (empty, located)
