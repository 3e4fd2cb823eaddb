"""Puts photos into an outgoing message: in private, where the channel can carry them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from bot.channels.contract import File
from desk.domain.model import OutboxMessage
from desk.services import files
from desk.storage.content import Store
from desk.storage.engine import transaction

MOST = 9
"""Photos of one message; more is an album that nobody scrolls through."""


class Enclosing:
    """The photos of one folder."""

    def __init__(self, engine: Engine, folder: Path | None) -> None:
        self._engine = engine
        self._store = Store(folder) if folder is not None else None

    def enclosed(self, message: OutboxMessage, channel: object) -> tuple[str, tuple[File, ...]]:
        """The template to say and the photos to enclose; a message that is only about photos says so if none can go."""
        ids = message.facts.get("files")
        if not isinstance(ids, list) or not ids:
            return message.template, ()
        alone = message.template == "photos"
        if message.user is None or not _carries(channel):
            return ("photos_unseen" if alone else message.template), ()
        found = self._read(ids)
        return ("photos_gone" if alone and not found else message.template), found

    def _read(self, ids: list[Any]) -> tuple[File, ...]:
        if self._store is None:
            return ()
        with transaction(self._engine) as session:
            names = [file.sha256 for file in files.kept(session, ids) if file.kind == files.PHOTO]
        contents = (self._store.read(name) for name in names[:MOST] if name)
        # Our own names: what a sender calls a file is no business of another person's disk.
        present = (content for content in contents if content is not None)
        return tuple(File(files.PHOTO, f"{number}.jpg", content) for number, content in enumerate(present, 1))


def _carries(channel: object) -> bool:
    return bool(getattr(getattr(channel, "capabilities", None), "files", False))
