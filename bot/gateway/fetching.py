"""Fetches the files of tickets, a thread a channel, so that a channel that hangs holds up nobody else's.

wanted ─► fetch, outside of any transaction ─► photo cleaned ─► on disk ─► its row says so, its worker is told
and every `TIDY_SECONDS`: what rows say is gone leaves the disk
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from bot.channels.contract import ChannelError, Permanent, Transient
from bot.gateway.handle import wall_clock
from desk.domain.attachments import FileState, StoredFile
from desk.domain.errors import DatabaseAway
from desk.services import files
from desk.services.photos import PhotoRefused, cleaned, is_picture
from desk.services.showing import show_files
from desk.storage.content import Store
from desk.storage.engine import transaction

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
"""Between two looks for something to fetch."""

AWAY_SECONDS = 10.0
"""After a fault of ours or the database's."""

TIDY_SECONDS = 10.0
"""Between two looks for what has to leave the disk."""

OLD_SECONDS = 3600.0
"""Between two looks for what is a year old, and for contents that nobody names."""

Fetch = Callable[[str], bytes]


class Fetching:
    """The worker threads of one gateway. A channel without `fetch` has no files."""

    def __init__(
        self, engine: Engine, channels: Mapping[str, Any], folder: Path, wall: Callable[[], datetime] = wall_clock
    ) -> None:
        self._engine = engine
        self._wall = wall
        self._store = Store(folder)
        self._fetches: dict[str, Fetch] = {
            name: channel.fetch for name, channel in channels.items() if hasattr(channel, "fetch")
        }
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begins; the threads end with the process at the latest."""
        work: dict[str, Callable[[], float]] = {
            f"files of {name}": lambda name=name: self._fetch_some(name)  # type: ignore[misc]
            for name in self._fetches
        }
        looks = iter(range(1 << 62))
        work["files tidied"] = lambda: self._tidy_some(next(looks))
        for name, step in work.items():
            thread = threading.Thread(target=self._repeat, args=(step,), name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self, patience: float = 5.0) -> None:
        """Ends after what is in hand, or at once where that takes longer: it is fetched again after its lease."""
        self._stop.set()
        for thread in self._threads:
            thread.join(patience / max(len(self._threads), 1))

    def _repeat(self, step: Callable[[], float]) -> None:
        """Until `stop`; `step` says how long to wait before it comes again."""
        while not self._stop.is_set():
            try:
                pause = step()
            except DatabaseAway as error:
                log.error("files, database: %s", error.facts.get("reason"))
                pause = AWAY_SECONDS
            except Exception:  # a full disk, a folder of somebody else's: tried again, and the others go on
                log.exception("files")
                pause = AWAY_SECONDS
            self._stop.wait(pause)

    # --- fetching

    def _fetch_some(self, channel: str) -> float:
        return 0.0 if self.fetch_round(channel) else IDLE_SECONDS

    def fetch_round(self, channel: str) -> int:
        """Fetches what is due of one ticket, and tells of what came; how much was done."""
        with transaction(self._engine) as session:
            taken = files.take_wanted(session, channel, self._wall())
        for file in taken:
            self._fetch_one(channel, file)
        with transaction(self._engine) as session:
            return len(taken) + show_files(session, channel, self._wall())

    def _fetch_one(self, channel: str, file: StoredFile) -> None:
        try:
            content = self._fetches[channel](file.ref)
        except Permanent:
            self._drop(file, FileState.GONE)
        except ChannelError as error:
            self._put_off(file, error.after if isinstance(error, Transient) else 0.0)
        except Exception:  # one channel's fault must not stop its other files
            log.exception("file %s: the channel broke", file.id)
            self._put_off(file)
        else:
            self._take(file, content)

    def _take(self, file: StoredFile, content: bytes) -> None:
        plain = _plain(file, content)
        if plain is None:
            self._drop(file, FileState.REFUSED)
        else:
            self._keep(file, plain)

    def _keep(self, file: StoredFile, content: bytes) -> None:
        """On disk first: a row that says so is never wrong, content without one is found and removed."""
        with self._store.alone():
            name = self._store.keep(content)
            with transaction(self._engine) as session:
                still = files.wanted(session, file.id)
                if still is not None:
                    files.keep(session, still, name, len(content), self._wall())
                else:
                    files.settle(session, self._store, [name])

    def _drop(self, file: StoredFile, state: FileState) -> None:
        with transaction(self._engine) as session:
            still = files.wanted(session, file.id)
            if still is not None:
                files.drop(still, state)

    def _put_off(self, file: StoredFile, after: float = 0.0) -> None:
        with transaction(self._engine) as session:
            still = files.wanted(session, file.id)
            if still is not None:
                files.put_off(still, self._wall(), self._wall(), after)

    # --- tidying

    def _tidy_some(self, look: int) -> float:
        if look % round(OLD_SECONDS / TIDY_SECONDS) == 0:
            self.tidy_all()
        self.tidy()
        return TIDY_SECONDS

    def tidy(self) -> int:
        """Takes off the disk what rows say is gone; how many contents."""
        with transaction(self._engine) as session:
            waiting = files.to_settle(session)
        return self._settle(waiting)

    def tidy_all(self) -> int:
        """What is a year old goes, and whatever is on disk that no row names; how many contents."""
        with transaction(self._engine) as session:
            files.forget_old_files(session, self._wall())
        with self._store.alone(), transaction(self._engine) as session:
            return files.settle(session, self._store, sorted(self._store.everything()))

    def _settle(self, contents: Sequence[str]) -> int:
        if not contents:
            return 0
        with self._store.alone(), transaction(self._engine) as session:
            return files.settle(session, self._store, contents)


def _plain(file: StoredFile, content: bytes) -> bytes | None:
    """What is kept of it; None for what is not. What looks like a picture is cleaned as one, whatever it is called."""
    if not content or len(content) > files.LARGEST:
        return None
    if file.kind != files.PHOTO and not is_picture(content):
        return content
    try:
        return cleaned(content)
    except PhotoRefused as error:
        log.warning("file %s refused: %s", file.id, error)
        return None
