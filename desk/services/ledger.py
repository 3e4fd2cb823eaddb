"""The ledger (台账): every ticket of every community with its whole record, as data, CSV or XLSX."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.domain.model import Community, Grid, Member, Person, Room, Ticket
from desk.services import people
from desk.services.records import events_of
from desk.storage.tables import communities, tickets

Row = dict[str, Any]

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these would be run by a spreadsheet."""

LONGEST_CELL = 32_767
"""What a spreadsheet cell holds."""

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def ledger(session: Session) -> Iterator[Row]:
    """Every ticket, by community and number, as the ledger's JSON has it."""
    query = select(Ticket, Community).join(Community, tickets.c.community_id == communities.c.id)
    for ticket, community in session.execute(query.order_by(communities.c.code, tickets.c.number)):
        yield ticket_row(session, ticket, community)


def ticket_row(session: Session, ticket: Ticket, community: Community) -> Row:
    """One ticket as the ledger has it; times in the community's zone."""
    zone = ZoneInfo(community.timezone)
    grid = session.get(Grid, ticket.grid_id) if ticket.grid_id else None
    room = session.get(Room, ticket.room_id) if ticket.room_id else None
    merged = session.get(Ticket, ticket.merged_into) if ticket.merged_into else None
    source = {"channel": ticket.source_channel, "room": ticket.source_room, "message": ticket.source_message}
    return {
        "code": ticket.code,
        "community": community.code,
        "kind": ticket.kind.value,
        "category": ticket.category.value,
        "urgency": ticket.urgency.value,
        "summary": ticket.summary,
        "location": ticket.where.as_dict(),
        "grid": grid.code if grid else None,
        "room": room.room if room else None,
        "source": source,
        "requester": _person(session, community, session.get(Person, ticket.requester_id)),
        "supporters": [_person(session, community, other) for other in people.supporters_of(session, ticket)],
        "accountable": _member(session, ticket.accountable_id),
        "assignee": _member(session, ticket.assignee_id),
        "state": ticket.state.value,
        **{name: _time(getattr(ticket, name), zone) for name in _TIMES},
        "rating": ticket.rating,
        "merged_into": merged.code if merged else None,
        "events": [_event(session, community, event, zone) for event in events_of(session, ticket)],
    }


_TIMES = ("opened_at", "due_at", "accepted_at", "resolved_at", "closed_at")


def _event(session: Session, community: Community, event: Any, zone: ZoneInfo) -> Row:
    by = session.get(Person, event.by_id) if event.by_id else None
    return {
        "kind": event.kind.value,
        "at": _time(event.at, zone),
        "by": _person(session, community, by),
        "facts": event.facts,
    }


def _time(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return moment.astimezone(zone).isoformat() if moment else None


def _person(session: Session, community: Community, person: Person | None) -> Row | None:
    if person is None:
        return None
    member = people.member_of(session, community.id, person)
    name = member.name if member else person.name
    return {"id": member.code if member else None, "name": name, "channel": person.channel, "user": person.user}


def _member(session: Session, member_id: int | None) -> Row | None:
    member = session.get(Member, member_id) if member_id else None
    if member is None:
        return None
    account = next(iter(people.accounts_of(session, member.id)), None)
    channel, user = (account.channel, account.user) if account else (None, None)
    return {"id": member.code, "name": member.name, "channel": channel, "user": user}


COLUMNS: Mapping[str, Callable[[Row], Any]] = {
    "code": lambda row: int(row["code"]),
    "community": lambda row: row["community"],
    "state": lambda row: ("state", row["state"]),
    "kind": lambda row: ("kind", row["kind"]),
    "category": lambda row: ("category", row["category"]),
    "urgency": lambda row: ("urgency", row["urgency"]),
    "summary": lambda row: row["summary"],
    "location": lambda row: ("location", row["location"]),
    "grid": lambda row: row["grid"],
    "room": lambda row: row["room"],
    "requester": lambda row: _name(row["requester"]),
    "supporters": lambda row: "、".join(_name(person) or "" for person in row["supporters"]),
    "accountable": lambda row: _name(row["accountable"]),
    "assignee": lambda row: _name(row["assignee"]),
    "opened_at": lambda row: row["opened_at"],
    "due_at": lambda row: row["due_at"],
    "accepted_at": lambda row: row["accepted_at"],
    "resolved_at": lambda row: row["resolved_at"],
    "closed_at": lambda row: row["closed_at"],
    "rating": lambda row: row["rating"],
    "merged_into": lambda row: row["merged_into"],
}
"""The columns of a sheet. A pair is a word of a vocabulary: whoever prints it knows its name in the reader's tongue."""


def _name(person: Row | None) -> str | None:
    return person["name"] if person else None


Wording = Callable[[str, Any], str]
"""Gives the name of a column (`column`, id) or of a word (vocabulary, id) in the reader's language."""


def table(rows: Sequence[Row], wording: Wording) -> Iterator[list[Any]]:
    """A header and a line a ticket; every text is safe to open in a spreadsheet."""
    yield [wording("column", name) for name in COLUMNS]
    for row in rows:
        yield [_cell(column(row), wording) for column in COLUMNS.values()]


def _cell(value: Any, wording: Wording) -> Any:
    worded = wording(*value) if isinstance(value, tuple) else value
    return _ILLEGAL.sub("\ufffd", worded)[:LONGEST_CELL] if isinstance(worded, str) else worded


def as_csv(rows: Sequence[Row], wording: Wording) -> str:
    """The ledger as CSV; a text that looks like a formula gets an apostrophe, as spreadsheets expect."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    for line in table(rows, wording):
        writer.writerow(
            ["'" + cell if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell for cell in line]
        )
    return stream.getvalue()


def write_xlsx(rows: Sequence[Row], wording: Wording, target: BinaryIO) -> None:
    """The ledger as XLSX; every text is stored as text, never as a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(wording("column", "sheet"))
    for line in table(rows, wording):
        sheet.append([_xlsx_cell(sheet, cell) for cell in line])
    book.save(target)


def _xlsx_cell(sheet: Any, value: Any) -> Any:
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell
