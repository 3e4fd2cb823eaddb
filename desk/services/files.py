"""Files of tickets: which are to be fetched, which are there, which go.

want_files ─► wanted ─► kept ─► gone             recall, erasing, a year after closing
                 ├────► refused                  no photo, too large, hostile
                 └────► gone                     its channel has it no more, or a day went by

The rows say what shall be on disk; `settle` makes the disk follow, after the commit that changed them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from desk.domain.attachments import FileState, StoredFile
from desk.domain.keeping import TICKET
from desk.domain.model import InboxMessage, Ticket
from desk.domain.words import OVER_STATES, Outcome
from desk.storage.content import Store
from desk.storage.file_tables import files
from desk.storage.tables import ticket_events, tickets

LARGEST = 20 * 1024 * 1024
"""Bytes of a file that is fetched."""

MOST_OF_A_MESSAGE = 20
"""Attachments of one message; no album is longer."""

LONGEST_NAME = 80
"""Characters of a file's name."""

PHOTO = "photo"

KINDS = (PHOTO, "voice", "video", "file")
"""What a file can be; anything else is a file."""

PART_OF_A_TICKET = frozenset({Outcome.FILED, Outcome.SUPPLEMENT})
"""Of what was left alone, answered or a deed, nothing is fetched."""

FETCH_LEASE = timedelta(minutes=3)
"""How long a file belongs to who fetches it; longer than 20 MB take."""

BACKOFF = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
"""Waits before the next attempt; the last one repeats."""

WANTED_FOR = timedelta(hours=24)
"""A file that its channel did not give us in a day is not coming."""

BATCH = 500
"""Contents looked at in one query."""


def want_files(session: Session, row: InboxMessage) -> int:
    """Notes that what came with a message shall be fetched, if the message is part of a ticket; how many files.

    Asked again of the same message it notes nothing. Call it whenever a message has become or joined a ticket.
    """
    if row.ticket_id is None or row.outcome not in PART_OF_A_TICKET or not row.attachments:
        return 0
    known = set(session.scalars(select(files.c.position).where(files.c.inbox_id == row.id)))
    ticket, at = row.ticket_id, row.received_at
    found = [
        StoredFile(row.id, ticket, position, row.channel, _kind(item), _name(item), str(item["ref"]), at)
        for position, item in enumerate(row.attachments[:MOST_OF_A_MESSAGE])
        if position not in known and _is_reference(item.get("ref"))
    ]
    session.add_all(found)
    session.flush()
    return len(found)


def described(attachments: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Attachments as a ticket's record has them: what and how called, not where they are."""
    return [{key: value for key, value in item.items() if key in ("kind", "name")} for item in attachments]


def _is_reference(ref: object) -> bool:
    """Whether a channel may be asked for it; what cannot be stored cannot be meant."""
    return isinstance(ref, str) and bool(ref) and ref.isprintable()


def _kind(item: dict[str, Any]) -> str:
    return item["kind"] if item.get("kind") in KINDS else "file"


def _name(item: dict[str, Any]) -> str:
    """The sender's name of it, on one line; it is shown and never opened."""
    shown = "".join(sign if sign.isprintable() else " " for sign in str(item.get("name") or ""))
    return " ".join(shown.split())[:LONGEST_NAME]


# --- fetching


def take_wanted(session: Session, channel: str, wall: datetime) -> list[StoredFile]:
    """The files that are due of the ticket that waits longest, put into the asker's hands for `FETCH_LEASE`."""
    due = (
        select(StoredFile)
        .where(files.c.state == FileState.WANTED, files.c.channel == channel)
        .where(files.c.retry_at.is_(None) | (files.c.retry_at <= wall))
        .order_by(files.c.id)
        .with_for_update(skip_locked=True)
    )
    first: StoredFile | None = session.scalars(due.limit(1)).first()
    if first is None:
        return []
    taken = list(session.scalars(due.where(files.c.ticket_id == first.ticket_id).limit(MOST_OF_A_MESSAGE)))
    for file in taken:
        file.retry_at = wall + FETCH_LEASE
    return taken


def wanted(session: Session, file_id: int) -> StoredFile | None:
    """The file if it is still wanted: its message may have been recalled while it was fetched."""
    query = select(StoredFile).where(files.c.id == file_id, files.c.state == FileState.WANTED).with_for_update()
    found: StoredFile | None = session.scalars(query).first()
    return found


def put_off(file: StoredFile, wall: datetime, now: datetime, after: float = 0.0) -> None:
    """Later again, not before `after` seconds; after a day never."""
    file.attempts += 1
    if now - file.wanted_at > WANTED_FOR:
        drop(file, FileState.GONE)
        return
    wait = BACKOFF[min(file.attempts, len(BACKOFF)) - 1]
    file.retry_at = wall + max(wait, timedelta(seconds=after))


def drop(file: StoredFile, state: FileState) -> None:
    """It is not coming, or not ours to keep; what it was called and where it was goes as well."""
    file.state, file.retry_at, file.ref = state, None, ""
    file.name = "" if state is FileState.GONE else file.name


def keep(session: Session, file: StoredFile, sha256: str, size: int, now: datetime) -> None:
    """Its content is on disk. If the ticket has that content already, nobody needs to be told."""
    same = select(files.c.id).where(files.c.ticket_id == file.ticket_id, files.c.sha256 == sha256)
    known = session.scalars(same.where(files.c.state == FileState.KEPT).limit(1)).first()
    file.state, file.sha256, file.size, file.retry_at, file.ref = FileState.KEPT, sha256, size, None, ""
    file.told_at = now if known is not None else None
    session.flush()


def untold(session: Session, channel: str) -> list[StoredFile]:
    """The kept files of one ticket of which nobody was told yet."""
    query = (
        select(StoredFile)
        .where(files.c.state == FileState.KEPT, files.c.told_at.is_(None), files.c.channel == channel)
        .order_by(files.c.id)
        .with_for_update(skip_locked=True)
    )
    first: StoredFile | None = session.scalars(query.limit(1)).first()
    return [] if first is None else list(session.scalars(query.where(files.c.ticket_id == first.ticket_id)))


# --- showing


def kept(session: Session, ids: Collection[int]) -> list[StoredFile]:
    """Those of the files that are there, in their order."""
    query = select(StoredFile).where(files.c.id.in_(ids), files.c.state == FileState.KEPT)
    return list(session.scalars(query.order_by(files.c.id)))


def photos_of(session: Session, ticket_id: int) -> list[int]:
    """The ids of a ticket's photos that are there, each content once."""
    query = select(func.min(files.c.id)).where(
        files.c.ticket_id == ticket_id, files.c.kind == PHOTO, files.c.state == FileState.KEPT
    )
    return sorted(session.scalars(query.group_by(files.c.sha256)))


CARDS = frozenset({"assigned", "emergency_assigned", "reopened", "released_to_officer"})
"""What makes somebody go and look: the photos come along, in private only."""


def photo_facts(session: Session, ticket: Ticket, template: str) -> dict[str, Any]:
    """The photos that go out with a message about a ticket, as facts of it: `files`, the ids."""
    photos = photos_of(session, ticket.id) if template in CARDS else []
    return {"files": photos} if photos else {}


# --- going


def forget_files(session: Session, inbox_ids: Collection[int]) -> int:
    """Takes the files of messages away: names and refs now, the content from disk by `settle` after the commit.

    Content that another message's file holds as well stays. Returns how many files went.
    """
    return _forget(session, files.c.inbox_id.in_(list(inbox_ids)))


def forget_files_of_tickets(session: Session, ticket_ids: Collection[int]) -> int:
    """The same for everything that came with the messages of tickets."""
    return _forget(session, files.c.ticket_id.in_(list(ticket_ids)))


def forget_old_files(session: Session, now: datetime) -> int:
    """The same for tickets of which nothing was heard in the year since they were over."""
    last = select(func.max(ticket_events.c.at)).where(ticket_events.c.ticket_id == tickets.c.id).scalar_subquery()
    over = select(tickets.c.id).where(tickets.c.state.in_(OVER_STATES), last < now - TICKET)
    return _forget(session, files.c.ticket_id.in_(over))


def _forget(session: Session, which: Any) -> int:
    there = (FileState.WANTED, FileState.KEPT)
    found = list(session.scalars(select(StoredFile).where(which, files.c.state.in_(there)).with_for_update()))
    for file in found:
        drop(file, FileState.GONE)
    session.execute(update(files).where(which).values(name="", ref="").execution_options(synchronize_session=False))
    session.flush()
    return len(found)


def to_settle(session: Session) -> Sequence[str]:
    """Contents that may be on disk though the last file that had them went."""
    query = select(files.c.sha256).where(files.c.sha256.is_not(None), files.c.state != FileState.KEPT)
    return list(session.scalars(query.distinct().limit(BATCH)))


def settle(session: Session, store: Store, contents: Sequence[str]) -> int:
    """Takes those of the contents off the disk that no kept file has, and notes it; how many.

    Call it while the store is ours `alone`, in a transaction after the one in which the files went.
    """
    removed = 0
    for begin in range(0, len(contents), BATCH):
        some = contents[begin : begin + BATCH]
        with_files = select(files.c.sha256).where(files.c.state == FileState.KEPT, files.c.sha256.in_(some))
        loose = set(some) - set(session.scalars(with_files))
        for content in loose:
            store.remove(content)
        went = update(files).where(files.c.state != FileState.KEPT, files.c.sha256.in_(some)).values(sha256=None)
        session.execute(went.execution_options(synchronize_session=False))
        removed += len(loose)
    return removed
