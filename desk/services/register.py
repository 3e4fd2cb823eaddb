"""Checks a community's register and makes it the truth: what a file no longer names is retired, never deleted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.domain.manners import read_quiet
from desk.domain.model import Alias, Community, Cover, Grid, GridHelper, Identity, Leader, Member, Room
from desk.domain.words import Listening, Purpose, Role
from desk.services import register_model as form
from desk.services.additions import absorb, additions_to
from desk.services.register_model import Entry, GridEntry, MemberEntry, Problems, Raw, RegisterFile, RoomEntry
from desk.services.room_manners import import_manners
from desk.storage.tables import aliases, communities, grids, members, rooms


def checked(root: Raw, problems: Problems) -> RegisterFile:
    """The register of a tree. What is wrong is noted in `problems`; only without problems is the result whole."""
    return _Checker(problems).register(Entry(root, "file", problems))


class _Checker:
    """Reads entries in the order in which they refer to each other, and remembers what may be named once."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._seen: set[tuple[str, Hashable]] = set()
        self._members: set[str] = set()
        self._grids: set[str] = set()
        self._roleless: set[str] = set()
        self._coverage = form.Coverage(problems)

    def register(self, top: Entry) -> RegisterFile:
        """Everything."""
        community = Entry(top.raw("community"), "community", self._problems)
        code = self._fitting(community, "code", community.needed("code"), form.CODE.fullmatch)
        name, zone = community.needed("name"), community.text("timezone") or form.DEFAULT_TIMEZONE
        head = (code, name, self._fitting(community, "timezone", zone, form.is_timezone))
        everybody = [self._member(entry) for entry in self._entries(top, "members")]
        every_grid = tuple(self._grid(entry) for entry in self._entries(top, "grids"))
        return RegisterFile(
            *head,
            members=self._with_leaders(everybody, every_grid),
            grids=every_grid,
            rooms=tuple(self._room(entry) for entry in self._entries(top, "rooms")),
            aliases=tuple(self._alias(entry) for entry in self._entries(top, "aliases")),
        )

    def _entries(self, entry: Entry, kind: str) -> Iterator[Entry]:
        return (Entry(raw, kind, self._problems) for raw in entry.items(kind))

    def _once(self, where: str, kind: str, key: Hashable) -> None:
        """Notes a second one of what may be there once; what is missing is noted elsewhere."""
        if (kind, key) in self._seen and key and all(key if isinstance(key, tuple) else (key,)):
            self._problems.add(where, "duplicate", key=kind, value=key)
        self._seen.add((kind, key))

    def _fitting(self, entry: Entry, key: str, given: str, fits: Callable[[str], object]) -> str:
        if given and not fits(given):
            self._problems.add(entry.raw(key).where, f"bad_{key}", value=given)
        return given

    def _member(self, entry: Entry) -> MemberEntry:
        code = entry.needed("id")
        self._once(entry.where, "id", code)
        self._members.add(code)
        if entry.raw("role").value is None and not entry.raw("roles").value:
            self._roleless.add(code)
        accounts = tuple(self._account(account) for account in self._entries(entry, "identities"))
        return MemberEntry(code, entry.needed("name"), self._roles(entry), accounts, entry.where)

    def _roles(self, entry: Entry) -> tuple[Role, ...]:
        where = entry.raw("role").where
        given = [(piece.strip(), where) for piece in (entry.text("role") or "").split(",")]
        given += [(form.text_of(raw, "role", self._problems) or "", raw.where) for raw in entry.items("roles")]
        return _ordered([form.word_of(text, "role", Role, at, self._problems) for text, at in given if text])

    def _account(self, entry: Entry) -> tuple[str, str]:
        account = (entry.needed("channel"), entry.needed("user"))
        self._once(entry.where, "identity", account)
        return account

    def _with_leaders(self, everybody: list[MemberEntry], every_grid: Iterable[GridEntry]) -> tuple[MemberEntry, ...]:
        """Whoever leads a building is a leader, whatever else the register says of them."""
        leading = {leader[0] for grid in every_grid for leader in grid.leaders}
        for member in everybody:
            if member.code in self._roleless and member.code:
                self._problems.add(member.where, "missing", key="role")
        more = {member.code: (Role.LEADER,) for member in everybody if member.code in leading}
        return tuple(replace(m, roles=_ordered((*m.roles, *more.get(m.code, ())))) for m in everybody)

    def _named_member(self, raw: Raw, key: str) -> str | None:
        code = form.text_of(raw, key, self._problems)
        if code and code not in self._members:
            self._problems.add(raw.where, "unknown_member", key=key, value=code)
        return code

    def _grid(self, entry: Entry) -> GridEntry:
        code = entry.needed("code")
        self._once(entry.where, "code", code)
        self._grids.add(code)
        helping = [self._named_member(raw, "helpers") for raw in entry.items("helpers")]
        covered = (self._coverage.added(code, cover) for cover in self._entries(entry, "covers"))
        found = tuple(dict.fromkeys(pair for pairs in covered for pair in pairs))
        return GridEntry(
            code=code,
            name=entry.needed("name"),
            officer=self._named_member(entry.raw("officer"), "officer"),
            helpers=tuple(dict.fromkeys(filter(None, helping))),
            covers=found,
            leaders=tuple(self._leaders(entry.raw("leaders"), found)),
            where=entry.where,
        )

    def _leaders(self, raw: Raw, found: tuple[form.Cover, ...]) -> Iterable[tuple[str, str, str, str | None]]:
        if raw.value is not None and not isinstance(raw.value, dict):
            self._problems.add(raw.where, "not_a_mapping", key="leaders")
        places: set[tuple[str, str, str | None]] = set()
        for key, named in raw.value.items() if isinstance(raw.value, dict) else ():
            place, trouble = form.leader_place(key, found)
            if place in places or trouble:
                self._problems.add(named.where, trouble or "duplicate", key="leaders", value=key)
            member = self._named_member(named, "leaders")
            self._roleless.discard(member or "")
            if named.is_blank:
                self._problems.add(named.where, "missing", key="leaders", value=key)
            if member and place:
                places.add(place)
                yield (member, *place)

    def _room(self, entry: Entry) -> RoomEntry:
        channel, room, grid = entry.needed("channel"), entry.needed("id"), entry.text("grid")
        self._once(entry.where, "room", (channel, room))
        if grid and grid not in self._grids:
            self._problems.add(entry.raw("grid").where, "unknown_grid", value=grid)
        purpose = entry.word("purpose", Purpose) or Purpose.RESIDENTS
        listening = entry.word("listening", Listening, Listening.ALL) or Listening.ALL
        manners = (self._read(entry, key, read) for key, read in _MANNERS.items())
        return RoomEntry(channel, room, purpose, grid, listening, entry.where, *manners)

    def _read(self, entry: Entry, key: str, read: Callable[[str], Any]) -> Any:
        given = entry.text(key)
        found = read(given) if given else None
        if given and found is None:
            self._problems.add(entry.raw(key).where, f"bad_{key}", value=given)
        return found

    def _alias(self, entry: Entry) -> form.AliasEntry:
        name = entry.needed("name")
        self._once(entry.where, "alias", name)
        door = [self._fitting(entry, key, entry.text(key) or "", form.house) for key in ("building", "unit")]
        return form.AliasEntry(name, entry.text("estate"), *(form.house(part) if part else None for part in door))


_MANNERS = {"budget": form.budget, "quiet": read_quiet, "speak": form.share}
"""How a room's own manners are read, in the order of `RoomEntry`; None for what makes no sense."""


def _ordered(roles: Collection[Role | None]) -> tuple[Role, ...]:
    return tuple(role for role in Role if role in roles)


def check_register(session: Session | None, register: RegisterFile) -> None:
    """Nothing is written. With a session the rooms are compared with those of other communities.

    Raises:
        RegisterInvalid: a room is an active room of another community.
    """
    problems = Problems()
    query = select(rooms.c.channel, rooms.c.room, communities.c.code).join(communities)
    foreign = query.where(communities.c.code != register.code, rooms.c.retired.is_(False))
    owners = {(channel, room): code for channel, room, code in session.execute(foreign)} if session else {}
    for room in register.rooms:
        if owner := owners.get((room.channel, room.room)):
            problems.add(room.where, "foreign_room", channel=room.channel, room=room.room, community=owner)
    problems.raise_if_any()


def import_register(session: Session, register: RegisterFile) -> dict[str, dict[str, int]]:
    """Makes the register the whole truth of its community; the same register again changes nothing.

    Tickets keep whoever is retired; what comes back is active again. A room that another community retired is taken
    over. Returns what was `added`, `changed` and `retired` of community, members, grids, rooms and aliases.

    Raises:
        RegisterInvalid: a room is an active room of another community; nothing was written.
    """
    check_register(session, register)
    return _Import(session, register).run()


@dataclass
class _Tally:
    """Rows by what became of them; one that is new or retired is not changed as well."""

    kept: list[Any] = field(default_factory=list)
    added: set[Any] = field(default_factory=set)
    changed: set[Any] = field(default_factory=set)
    retired: set[Any] = field(default_factory=set)

    def counts(self) -> dict[str, int]:
        """How many of each."""
        changed = len(self.changed - self.added)
        return {"added": len(self.added), "changed": changed, "retired": len(self.retired)}

    def ids(self) -> dict[str, int]:
        """The database's number of every code."""
        return {row.code: row.id for row in self.kept}


class _Import:
    """One register on its way into one database: rows first, then what hangs on them."""

    def __init__(self, session: Session, register: RegisterFile) -> None:
        self._session = session
        self._added = additions_to(session, register)
        self._file = self._added.file
        self._own: dict[str, int] = {}

    def run(self) -> dict[str, dict[str, int]]:
        """Everything."""
        file, own = self._file, self._own
        values = {"code": file.code, "name": file.name, "timezone": file.timezone}
        community = self._upsert(Community, ("code",), communities.c.code == file.code, [values])
        own["community_id"] = number = community.kept[0].id
        people = self._upsert(Member, ("code",), members.c.community_id == number, self._members())
        areas = self._upsert(Grid, ("code",), grids.c.community_id == number, self._grids(people.ids()))
        reach = (rooms.c.community_id == number) | rooms.c.retired.is_(True)
        groups = self._upsert(Room, ("channel", "room"), reach, self._rooms(areas.ids()))
        groups.changed |= import_manners(self._session, zip(groups.kept, file.rooms, strict=True))
        named = [{**own, **vars(alias)} for alias in file.aliases]
        places = self._upsert(Alias, ("name",), aliases.c.community_id == number, named)
        people.kept += self._added.members
        self._details(people, areas)
        absorb(self._session, number, self._added)
        tallies = {"community": community, "members": people, "grids": areas, "rooms": groups, "aliases": places}
        return {name: tally.counts() for name, tally in tallies.items()}

    def _members(self) -> list[dict[str, Any]]:
        return [
            {**self._own, "code": m.code, "name": m.name, "roles": ",".join(map(str, m.roles)), "retired": False}
            for m in self._file.members
        ]

    def _grids(self, who: dict[str, int]) -> list[dict[str, Any]]:
        return [
            {**self._own, "code": g.code, "name": g.name, "officer_id": who.get(g.officer or ""), "retired": False}
            for g in self._file.grids
        ]

    def _rooms(self, areas: dict[str, int]) -> list[dict[str, Any]]:
        said = [{n: getattr(r, n) for n in ("channel", "room", "purpose", "listening")} for r in self._file.rooms]
        linked = [{"grid_id": areas.get(r.grid or ""), "retired": False} for r in self._file.rooms]
        return [{**self._own, **one, **other} for one, other in zip(said, linked, strict=True)]

    def _upsert(self, kind: Any, key: tuple[str, ...], reach: Any, wanted: list[dict[str, Any]]) -> _Tally:
        """Adds and changes rows to what is wanted; retires (an alias: deletes) the rest of those within reach."""
        query = select(kind).where(reach).with_for_update()
        current = {tuple(getattr(row, k) for k in key): row for row in self._session.scalars(query)}
        tally = _Tally()
        for values in wanted:
            row = current.pop(tuple(values[k] for k in key), None)
            if row is None:
                row = kind(**values, id=None)  # 0, what the nouns have before they are stored, would be inserted
                self._session.add(row)
                tally.added.add(row)
            elif changes := {name: value for name, value in values.items() if getattr(row, name) != value}:
                for name, value in changes.items():
                    setattr(row, name, value)
                tally.changed.add(row)
            tally.kept.append(row)
        self._retire(current.values(), tally)
        self._session.flush()
        return tally

    def _retire(self, rows_: Iterable[Any], tally: _Tally) -> None:
        kept = self._added.kept
        for row in (row for row in rows_ if row not in kept):
            if isinstance(row, Alias):
                self._session.delete(row)
            if not getattr(row, "retired", False):
                row.retired = True
                tally.retired.add(row)

    def _details(self, people: _Tally, areas: _Tally) -> None:
        who, file = people.ids(), self._file
        pairs = [*(m.identities for m in file.members), *(self._added.accounts[m.id] for m in self._added.members)]
        accounts = [[(*pair, self._own["community_id"]) for pair in some] for some in pairs]
        helpers = [[(who[code],) for code in grid.helpers] for grid in file.grids]
        leading = [[(who[code], *place) for code, *place in grid.leaders] for grid in file.grids]
        self._replace(people, Member, Identity, "member_id", ("channel", "user", "community_id"), accounts)
        self._replace(areas, Grid, GridHelper, "grid_id", ("member_id",), helpers)
        self._replace(areas, Grid, Cover, "grid_id", ("estate", "building"), [grid.covers for grid in file.grids])
        self._replace(areas, Grid, Leader, "grid_id", ("member_id", "estate", "building", "unit"), leading)

    def _replace(
        self, owners: _Tally, owner: Any, kind: Any, key: str, columns: tuple[str, ...], wanted: Sequence[Any]
    ) -> None:
        """Gives owners the details they shall have, in the file's order. All that goes goes first: it may move."""
        shall = {row.id: list(details) for row, details in zip(owners.kept, wanted, strict=True)}
        has: dict[int, list[Any]] = defaultdict(list)
        query = select(kind).join(owner, getattr(kind, key) == owner.id).order_by(kind.id)
        for row in self._session.scalars(query.where(owner.community_id == self._own["community_id"])):
            has[getattr(row, key)].append(row)
        was = {number: [tuple(getattr(row, c) for c in columns) for row in details] for number, details in has.items()}
        differing = {number for number in was.keys() | shall.keys() if was.get(number, []) != shall.get(number, [])}
        for row in (row for number in sorted(differing & has.keys()) for row in has[number]):
            self._session.delete(row)
        self._session.flush()
        for number in sorted(differing & shall.keys()):
            values_of = ({key: number, **dict(zip(columns, one, strict=True))} for one in shall[number])
            self._session.add_all(kind(**values, id=None) for values in values_of)
        self._session.flush()
        owners.changed.update(row for row in owners.kept if row.id in differing)
