"""Who somebody is: looked up from the account that spoke, never from what was said."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from desk.domain.model import Grid, Identity, Member, Person, Supporter, Ticket
from desk.domain.words import Role, Standing
from desk.services.accounts import linked, once_each
from desk.storage.tables import grid_helpers, grids, identities, members, people, supporters

_BY_ROLE = {
    Role.OFFICER: Standing.ANY_OFFICER,
    Role.LEADER: Standing.LEADER,
    Role.VOLUNTEER: Standing.VOLUNTEER,
    Role.STAFF: Standing.STAFF,
}


# Asked of every message: built once, because building a statement takes longer than asking it.
_BY_ACCOUNT = select(Person).where(people.c.channel == bindparam("channel"), people.c.user == bindparam("user"))
_MEMBER_BY_ACCOUNT = (
    select(Member)
    .join(Identity, identities.c.member_id == members.c.id)
    .where(
        identities.c.community_id == bindparam("community"),
        identities.c.channel == bindparam("channel"),
        identities.c.user == bindparam("user"),
        members.c.retired.is_(False),
    )
)


def open_person(session: Session, channel: str, user: str, name: str) -> Person:
    """The person of an account; made at the first word, renamed at a new display name."""
    person: Person | None = session.scalars(_BY_ACCOUNT, {"channel": channel, "user": user}).first()
    if person is None:
        person = Person(channel, user, name or user)
        session.add(person)
        session.flush()
    elif name and person.name != name:
        person.name = name
    return person


def member_of(session: Session, community_id: int, person: Person) -> Member | None:
    """The member whose account this is, or None for a resident whom the register does not name."""
    account = {"community": community_id, "channel": person.channel, "user": person.user}
    found: Member | None = session.scalars(_MEMBER_BY_ACCOUNT, account).first()
    return found


def accounts_of(session: Session, member_id: int) -> list[Identity]:
    """The accounts of a member, in the register's order."""
    return list(session.scalars(select(Identity).where(identities.c.member_id == member_id).order_by(identities.c.id)))


def accounts_from(session: Session, member_id: int, channel: str) -> list[tuple[str, str]]:
    """The accounts as channel and user, those on `channel` first: the first is where a member is told in private."""
    accounts = [(one.channel, one.user) for one in accounts_of(session, member_id)]
    return sorted(accounts, key=lambda account: account[0] != channel)


def members_with(session: Session, community_id: int, role: Role) -> list[Member]:
    """The active members that have a role."""
    query = select(Member).where(members.c.community_id == community_id, members.c.retired.is_(False))
    return [member for member in session.scalars(query.order_by(members.c.id)) if role in member.role_set]


def names_of_people(session: Session, community_id: int) -> list[str]:
    """What the register calls people, also those who have left; the name of a department is nobody's."""
    everybody = session.scalars(select(Member).where(members.c.community_id == community_id))
    return [member.name for member in everybody if member.role_set != {Role.DEPARTMENT}]


def same_person(session: Session, community_id: int, one: Person, other: Person) -> bool:
    """Whether two accounts are one person: the same account, two of one member, or two that he linked."""
    if one.id == other.id:
        return True
    left, right = member_of(session, community_id, one), member_of(session, community_id, other)
    if left is not None and right is not None and left.id == right.id:
        return True
    return other.id in everybody_of(session, community_id, one)


def everybody_of(session: Session, community_id: int, person: Person) -> set[int]:
    """All accounts of a person: those linked with his, and those that the register gives to the same members."""
    own = linked(session, person.id)
    if len(own) == 1:
        return set(own)
    named = select(identities.c.member_id).join(
        people, (identities.c.channel == people.c.channel) & (identities.c.user == people.c.user)
    )
    theirs = named.where(identities.c.community_id == community_id, people.c.id.in_(own))
    accounts = select(people.c.id).join(
        identities, (identities.c.channel == people.c.channel) & (identities.c.user == people.c.user)
    )
    return {*own, *session.scalars(accounts.where(identities.c.member_id.in_(theirs)))}


def supporters_of(session: Session, ticket: Ticket) -> list[Person]:
    """Everybody else whom the matter touches, in the order they said so."""
    query = (
        select(Person)
        .join(Supporter, supporters.c.person_id == people.c.id)
        .where(supporters.c.ticket_id == ticket.id)
        .order_by(supporters.c.id)
    )
    return once_each(session, ticket.requester_id, list(session.scalars(query)))


def standings(session: Session, ticket: Ticket, person: Person, member: Member | None) -> frozenset[Standing]:
    """Everything this person is to this ticket."""
    found = set(_as_resident(session, ticket, person))
    if member is not None:
        found.update(_BY_ROLE[role] for role in member.role_set if role in _BY_ROLE)
        found.update(_as_worker(session, ticket, member))
    return frozenset(found)


def _as_resident(session: Session, ticket: Ticket, person: Person) -> Iterable[Standing]:
    requester = session.get(Person, ticket.requester_id)
    if requester is not None and same_person(session, ticket.community_id, requester, person):
        yield Standing.REQUESTER
    if any(same_person(session, ticket.community_id, other, person) for other in supporters_of(session, ticket)):
        yield Standing.SUPPORTER


def _as_worker(session: Session, ticket: Ticket, member: Member) -> Iterable[Standing]:
    if member.id == ticket.assignee_id:
        yield Standing.ASSIGNEE
    if member.id == ticket.accountable_id:
        yield Standing.ACCOUNTABLE
    grid = session.get(Grid, ticket.grid_id) if ticket.grid_id else None
    if grid is not None and grid.officer_id == member.id:
        yield Standing.GRID_OFFICER
    if grid is not None and member.id in helper_ids(session, grid.id):
        yield Standing.HELPER


def helper_ids(session: Session, grid_id: int) -> set[int]:
    """The members that help in a grid."""
    return set(session.scalars(select(grid_helpers.c.member_id).where(grid_helpers.c.grid_id == grid_id)))


def grids_of(session: Session, member: Member) -> list[Grid]:
    """The grids that a member answers for or helps in."""
    helped = select(grid_helpers.c.grid_id).where(grid_helpers.c.member_id == member.id)
    query = select(Grid).where(grids.c.retired.is_(False), (grids.c.officer_id == member.id) | grids.c.id.in_(helped))
    return list(session.scalars(query.order_by(grids.c.id)))


def members_named(session: Session, community_id: int, name: str) -> list[Member]:
    """Active members of that name or code; failing that, those whose name contains it (物业 in 幸福物业)."""
    query = select(Member).where(members.c.community_id == community_id, members.c.retired.is_(False))
    everybody = list(session.scalars(query.order_by(members.c.id)))
    exact = [member for member in everybody if name in (member.name, member.code)]
    return exact or [member for member in everybody if len(name) > 1 and name in member.name]
