"""What was in hand, read from the database by a connection of our own that holds up nobody."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

from desk.services.delivery import CUT_OFF_SENDS, UNSURE_SENDS

SENDING, LEASED, PENDING, UNSENT, LATER, IDLE = (
    "outbox sending", "inbox leased", "inbox pending", "outbox pending", "waits for its hour", "idle",
)  # fmt: skip
STATES = (SENDING, LEASED, PENDING, UNSENT, LATER, IDLE)
IN_HAND = frozenset({SENDING, LEASED, PENDING, UNSENT})

_UNDELIVERED = f"(state = 'pending' OR (state = 'unknown' AND unsure < {UNSURE_SENDS} AND cut_off < {CUT_OFF_SENDS}))"
_QUERY = f"""
SELECT
 (SELECT count(*) FROM outbox WHERE state = 'sending' AND lease_owner LIKE :owner),
 (SELECT count(*) FROM inbox WHERE state = 'leased' AND lease_owner LIKE :owner),
 (SELECT count(*) FROM inbox WHERE state = 'pending' AND (retry_at IS NULL OR retry_at <= :now)),
 (SELECT count(*) FROM outbox WHERE {_UNDELIVERED} AND coalesce(retry_at, '') <= :now
  AND coalesce(not_before, '') <= :now),
 (SELECT count(*) FROM inbox WHERE state IN ('pending', 'leased'))
 + (SELECT count(*) FROM outbox WHERE {_UNDELIVERED} OR state = 'sending')
"""


class Look:
    """Looks at one database."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, timeout=10)

    def counts(self, pid: int) -> dict[str, int]:
        """How much is in each state; leased and sending by that process only (others are dead)."""
        now = datetime.now(timezone.utc).replace(tzinfo=None).strftime("%Y-%m-%d %H:%M:%S.%f")
        with closing(self._connection.execute(_QUERY, {"owner": f"%:{pid}:%", "now": now})) as found:
            return dict(zip((SENDING, LEASED, PENDING, UNSENT, LATER), found.fetchone(), strict=True))

    def state(self, pid: int) -> str:
        """The state that is nearest to harm."""
        counts = self.counts(pid)
        return next((name for name in STATES if counts.get(name)), IDLE)

    def unsettled(self) -> int:
        """Rows that still wait for something."""
        return self.counts(0)[LATER]

    def taken(self) -> set[tuple[str, str]]:
        """Room and id of every message that is stored."""
        with closing(self._connection.execute("SELECT room, message FROM inbox")) as found:
            return {(str(room), str(message)) for room, message in found}

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()
