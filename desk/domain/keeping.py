"""How long what people said is kept, and what an account is called that is gone."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import timedelta

from desk.domain.model import UNSTORED

LEFT_ALONE = timedelta(hours=24)
"""A quote or a second line may still need what was said to nobody; after that it is only counted."""

EARLY = timedelta(minutes=10)
"""So much earlier it goes, because somebody looks only now and then."""

KEEP = timedelta(days=30)
"""All other words of the inbox and the outbox, unless LINLI_KEEP_DAYS says otherwise."""

TICKET = timedelta(days=365)
"""A ticket's personal data, from its end on."""

FAREWELL = "erased"
"""The template of the last word to an account that is no more."""

_GONE = "erased-"


@dataclass(eq=False)
class Sweep:
    """How far what is too old was taken away: everything up to the row `up_to` of `what`."""

    what: str
    up_to: int = 0
    id: int = UNSTORED


def gone_user() -> str:
    """What stands for an account whose person is erased; nobody can tell which it was."""
    return f"{_GONE}{uuid.uuid4().hex}"


def is_gone(user: str) -> bool:
    """Whether this stands for an erased account: nothing can be sent there."""
    return user.startswith(_GONE)


def gone_scope(channel: str, scope: str) -> str:
    """The scope of a private chat without its account: a message delivered twice is still known as the same."""
    return f"{_GONE}{hashlib.sha256(f'{channel}:{scope}'.encode('utf-8', 'replace')).hexdigest()[:32]}"
