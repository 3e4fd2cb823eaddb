"""What staff correct, kept to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from desk.domain.model import UNSTORED
from desk.domain.words import Act, Category, Kind, Urgency


@dataclass(eq=False)
class Correction:
    """What staff said a ticket's words are; `text` is masked. `kind`, `category`, `urgency` are None for no request."""

    ticket_id: int
    person_id: int
    member_id: int
    at: datetime
    text: str
    act: Act
    kind: Kind | None = None
    category: Category | None = None
    urgency: Urgency | None = None
    id: int = UNSTORED
