"""Which grid a place belongs to: the register decides, and two that fit are a question, never a guess."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from desk.domain.model import Alias, Cover, Grid
from desk.domain.place import Place, filled
from desk.services.homes import sender_place
from desk.services.scene import Scene
from desk.storage.tables import aliases, covers, grids


@dataclass(frozen=True)
class Location:
    """Where a matter is: as said, as filled in, its grid if exactly one fits, and whether several do."""

    said: Place
    place: Place
    grid: Grid | None
    ambiguous: bool


def locate(session: Session, scene: Scene, said: Place) -> Location:
    """Fills what the text leaves out from the sender's home, or name, and the room's title, and finds the grid."""
    said = _with_alias(session, scene, said)
    place = filled(said, sender_place(session, scene), Place.from_dict(scene.reading.get("room_place")))
    own = _room_grid(session, scene)
    if place.estate is None and place.building is None:
        return Location(said, place, own, ambiguous=False)
    fitting = grids_fitting(session, scene.community.id, place)
    if own is not None and (own.id in {grid.id for grid in fitting} or not _covers_of(session, own.id)):
        return Location(said, place, own, ambiguous=False)
    if len(fitting) == 1:
        return Location(said, place, fitting[0], ambiguous=False)
    return Location(said, place, None, ambiguous=len(fitting) > 1)


_ESTATES = (  # asked of every message: built once
    select(covers.c.estate)
    .distinct()
    .join(grids, covers.c.grid_id == grids.c.id)
    .where(grids.c.community_id == bindparam("community"), grids.c.retired.is_(False))
)


def known_estates(session: Session, community_id: int) -> list[str]:
    """The estates that a community's register names."""
    return sorted(session.scalars(_ESTATES, {"community": community_id}))


def every_estate(session: Session) -> list[str]:
    """The estates that any register names."""
    query = select(covers.c.estate).distinct().join(grids, covers.c.grid_id == grids.c.id)
    return sorted(session.scalars(query.where(grids.c.retired.is_(False))))


def grids_fitting(session: Session, community_id: int, place: Place) -> list[Grid]:
    """The grids whose covers do not contradict the place."""
    query = (
        select(Cover)
        .join(Grid, covers.c.grid_id == grids.c.id)
        .where(grids.c.community_id == community_id, grids.c.retired.is_(False))
    )
    found = [c for c in session.scalars(query) if _same_estate(c.estate, place.estate)]
    if any(cover.estate == place.estate for cover in found):
        found = [cover for cover in found if cover.estate == place.estate]
    if place.building is not None:
        found = [c for c in found if c.building is None or c.building.upper() == place.building.upper()]
    ids = {cover.grid_id for cover in found}
    return list(session.scalars(select(Grid).where(grids.c.id.in_(ids)).order_by(grids.c.id)))


def _same_estate(known: str, said: str | None) -> bool:
    """幸福里 is 幸福里小区; 幸福里二期 is part of 幸福里 where the register does not tell them apart."""
    return said is None or known.startswith(said) or said.startswith(known)


def _covers_of(session: Session, grid_id: int) -> bool:
    return session.scalars(select(covers.c.id).where(covers.c.grid_id == grid_id).limit(1)).first() is not None


def _room_grid(session: Session, scene: Scene) -> Grid | None:
    room = scene.room or scene.home
    grid = session.get(Grid, room.grid_id) if room is not None and room.grid_id else None
    return grid if grid is not None and not grid.retired else None


def _with_alias(session: Session, scene: Scene, said: Place) -> Place:
    query = select(Alias).where(aliases.c.community_id == scene.community.id)
    named = [alias for alias in session.scalars(query) if alias.name in scene.said]
    if not named:
        return said
    alias = max(named, key=lambda a: len(a.name))
    return replace(
        said,
        estate=said.estate or alias.estate,
        building=said.building or alias.building,
        unit=said.unit or alias.unit,
    )
