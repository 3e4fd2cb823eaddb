"""Where people live, as they told us in private: it fills what their reports leave out, and goes when they say so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.domain.belonging import Home
from desk.domain.model import Community, InboxMessage, Person
from desk.domain.place import Place
from desk.domain.replies import Answer, Effect
from desk.domain.words import Outcome
from desk.services.accounts import linked
from desk.services.scene import Scene
from desk.storage.belonging_tables import homes
from desk.storage.tables import communities, covers, grids


def home_of(session: Session, person: Person) -> Home | None:
    """Where the person lives: as this account said, else another account of his, the last word."""
    query = select(Home).where(homes.c.person_id.in_(linked(session, person.id)))
    told: list[Home] = list(session.scalars(query.order_by(homes.c.at.desc(), homes.c.id.desc())))
    return next((home for home in told if home.person_id == person.id), None) or next(iter(told), None)


def told_place(session: Session, person: Person, community_id: int) -> Place | None:
    """The home as a place of that community, or None when the person told nothing there."""
    home = home_of(session, person)
    return Place.from_dict(home.place) if home is not None and home.community_id == community_id else None


def sender_place(session: Session, scene: Scene) -> Place:
    """What is known of the sender's place: the home he told, else what his name says.

    Nothing where the matter is not his own: filed for somebody else, or corrected by staff.
    """
    if scene.reading.get("told") or "place_to" in scene.reading:
        return Place()
    told = told_place(session, scene.person, scene.community.id)
    return told or Place.from_dict(scene.reading.get("sender_place"))


def do_home(session: Session, row: InboxMessage, community: Community | None) -> Effect:
    """Keeps where the speaker lives. Said where others read it, he hears in private how it is done."""
    if row.room is not None:
        return _answer("home_privately", private=True)
    place = replace(Place.from_dict((row.reading or {}).get("place")), landmark=None)
    if place.building is None:
        return _answer("home_how")
    community, place = _placed(session, community, place)
    if community is None:
        return _answer("nowhere")
    person_id = int(row.person_id or 0)
    home: Home | None = session.scalars(select(Home).where(homes.c.person_id == person_id)).first()
    if home is None:
        home = Home(person_id, community.id, row.received_at)
        session.add(home)
    home.community_id, home.at, home.place = community.id, row.received_at, place.as_dict()
    session.flush()
    return Effect(Outcome.ACTED, (Answer("home_kept", {"place": place.as_dict()}),))


def _placed(session: Session, community: Community | None, place: Place) -> tuple[Community | None, Place]:
    """The community of an estate that one register alone names; else the one the speaker is of, and its only estate."""
    every = select(covers.c.estate, grids.c.community_id).join(grids, covers.c.grid_id == grids.c.id)
    known = {(estate, number) for estate, number in session.execute(every.where(grids.c.retired.is_(False)))}
    if place.estate is not None:
        naming = {number for estate, number in known if estate == place.estate}
        if len(naming) == 1:
            return session.scalars(select(Community).where(communities.c.id == naming.pop())).first(), place
    if community is None or place.estate is not None:
        return community, place
    own = {estate for estate, number in known if number == community.id}
    return community, replace(place, estate=own.pop()) if len(own) == 1 else place


def do_forget_home(session: Session, row: InboxMessage) -> Effect:
    """Forgets where the speaker lives, on all of his accounts."""
    known = [forget_home(session, person_id) for person_id in linked(session, int(row.person_id or 0))]
    return _answer("home_forgotten" if any(known) else "home_none", private=True)


def forget_home(session: Session, person_id: int) -> bool:
    """Forgets what an account said of its home; False when there was nothing. Tickets keep their places."""
    home = session.scalars(select(Home).where(homes.c.person_id == person_id)).first()
    if home is not None:
        session.delete(home)
        session.flush()
    return home is not None


def _answer(template: str, *, private: bool = False, **facts: Any) -> Effect:
    return Effect(Outcome.ANSWERED, (Answer(template, facts, private=private),))
