"""Files that came with messages, and how many messages came: nouns of the tables `files` and `tallies`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from desk.domain.model import UNSTORED
from desk.domain.words import Word


class FileState(Word):
    """Where a file stands: it is to be fetched, we have it, it was taken away, or we do not take it."""

    WANTED = "wanted"
    KEPT = "kept"
    GONE = "gone"
    REFUSED = "refused"


@dataclass(eq=False)
class StoredFile:
    """An attachment of a message that is part of a ticket.

    `ref` is what its channel fetches it by; `name` is the sender's and never a path. `sha256` names the content on disk
    while there may be any; a file that is gone keeps neither name nor ref. `told_at` is when the ticket's worker was
    told of it, or when it was decided that nobody is.
    """

    inbox_id: int
    ticket_id: int
    position: int
    channel: str
    kind: str
    name: str
    ref: str
    wanted_at: datetime
    state: FileState = FileState.WANTED
    attempts: int = 0
    retry_at: datetime | None = None
    size: int | None = None
    sha256: str | None = None
    told_at: datetime | None = None
    id: int = UNSTORED


@dataclass(eq=False)
class Tally:
    """How many messages of a room came in a quarter of an hour (`what` is `received`), or came to which outcome.

    `room` is empty in private. Outcomes are counted here only of what has no row in the inbox: duplicates, which never
    had one, and rows that were deleted.
    """

    channel: str
    room: str
    quarter: datetime
    what: str
    count: int
    id: int = UNSTORED


RECEIVED = "received"
"""What a tally counts that is no outcome."""
