"""Which accounts are one person, as people said themselves (`desk.services.linking`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from desk.domain.belonging import Link
from desk.domain.model import Person
from desk.storage.belonging_tables import link_codes, links


def heads(session: Session, ids: Iterable[int]) -> dict[int, int]:
    """The linked ones of these accounts, each with the account that stands for all of its person."""
    query = select(links.c.person_id, links.c.head_id).where(links.c.person_id.in_(set(ids)))
    return {row.person_id: row.head_id for row in session.execute(query)}


def linked(session: Session, person_id: int) -> list[int]:
    """All accounts of the person whose account this is, itself among them, by their number."""
    head = heads(session, [person_id]).get(person_id)
    if head is None:
        return [person_id]
    return list(session.scalars(select(links.c.person_id).where(links.c.head_id == head).order_by(links.c.person_id)))


def once_each(session: Session, first: int, everybody: Sequence[Person]) -> list[Person]:
    """Each person once, and not whom `first` stands for, in the order given."""
    known = heads(session, [first, *(one.id for one in everybody)])
    seen, found = {known.get(first, first)}, []
    for one in everybody:
        head = known.get(one.id, one.id)
        if head not in seen:
            seen.add(head)
            found.append(one)
    return found


def unlink(session: Session, person_id: int) -> bool:
    """Takes an account out of its person; also what it was about to do. False when it was by itself."""
    session.execute(
        delete(link_codes).where(link_codes.c.person_id == person_id).execution_options(synchronize_session=False)
    )
    everybody = linked(session, person_id)
    rest = [one for one in everybody if one != person_id]
    for link in session.scalars(select(Link).where(links.c.person_id.in_(everybody))):
        if link.person_id == person_id or len(rest) == 1:
            session.delete(link)
        else:
            link.head_id = rest[0]
    session.flush()
    return bool(rest)
