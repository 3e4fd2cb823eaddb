"""A place in an estate, and how what is not said is filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

OUTER = ("estate", "building", "unit")
"""Levels that the sender's name and the room's title may fill, outermost first."""


@dataclass(frozen=True)
class Place:
    """Where something is. Every level is text as people say it, digits without leading words; None is unsaid."""

    estate: str | None = None
    building: str | None = None
    unit: str | None = None
    floor: str | None = None
    room: str | None = None
    landmark: str | None = None

    @classmethod
    def from_dict(cls, values: Mapping[str, object] | None) -> Place:
        """From the six keys of the ledger; unknown keys and values that are no text are ignored."""
        given = values or {}
        return cls(**{f.name: _text(given.get(f.name)) for f in fields(cls)})

    def as_dict(self) -> dict[str, str | None]:
        """The six keys of the ledger, in its order."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @property
    def is_empty(self) -> bool:
        """Nothing is said at all."""
        return not any(self.as_dict().values())

    @property
    def is_located(self) -> bool:
        """Enough to send somebody there: a building or a landmark."""
        return bool(self.building or self.landmark)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _agrees(inner: Place, outer: Place) -> bool:
    return all(
        getattr(inner, level) in (None, getattr(outer, level)) or getattr(outer, level) is None for level in OUTER
    )


def filled(said: Place, *sources: Place) -> Place:
    """`said` with its missing outer levels taken from the first source that does not contradict it.

    Levels are filled from the outside in and stop at the first contradiction, so that unit 2 of one building is
    never given to another. Floor and room are taken only if nothing at all was said.
    """
    place = said
    for source in sources:
        place = _filled_from(place, source, household=said.is_empty)
    return place


def _filled_from(place: Place, source: Place, *, household: bool) -> Place:
    for level in OUTER:
        own, other = getattr(place, level), getattr(source, level)
        if own and other and own != other:
            return place
        if other and not own and _may_fill(place, level):
            place = replace(place, **{level: other})
    if household and _agrees(place, source):
        place = replace(place, floor=place.floor or source.floor, room=place.room or source.room)
    return place


def _may_fill(place: Place, level: str) -> bool:
    """A landmark of the estate stands in no building unless one was said."""
    return level == "estate" or not place.landmark or place.building is not None


def same_place(one: Place, other: Place, *, one_said: Place, other_said: Place, private: bool) -> bool:
    """Whether two reports speak of one place.

    Estate, building and landmark must not differ; unit, floor and room count only where they were said, because a
    lift or a lamp is shared by households whose names differ. `private` matters (a leak in a flat) compare the
    household too.
    """
    if not (one.is_located and other.is_located):
        return False
    if one.estate and other.estate and one.estate != other.estate:
        return False
    if one.building != other.building or one.landmark != other.landmark:
        return False
    left, right = (one, other) if private else (one_said, other_said)
    inner = ("unit", "floor", "room")
    return all(getattr(left, x) in (None, getattr(right, x)) or getattr(right, x) is None for x in inner)
