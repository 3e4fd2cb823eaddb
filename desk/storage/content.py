"""The content of files on disk, by hash: `<folder>/ab/abcdef…`. What is to be there is said by the table `files`.

Two steps are never one: content is on disk before its row says so, and leaves it after its row said so. Whoever dies in
between leaves content that nobody names; `everything` finds it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NAME = re.compile(r"[0-9a-f]{64}")


class Store:
    """A folder of contents, readable for its owner alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else of this machine keeps or removes anything meanwhile; not to be nested."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def keep(self, content: bytes) -> str:
        """Writes it, whole or not at all; its hash."""
        name = hashlib.sha256(content).hexdigest()
        path = self._path(name)
        if path.is_file():
            return name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = path.with_suffix(".new")
        with unfinished.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        return name

    def read(self, name: str) -> bytes | None:
        """The content of that hash; None when it is not there, or not what it was."""
        try:
            content = self._path(name).read_bytes()
        except (OSError, ValueError):
            return None
        return content if hashlib.sha256(content).hexdigest() == name else None

    def remove(self, name: str) -> None:
        """Takes it off the disk; gone already is as well."""
        self._path(name).unlink(missing_ok=True)

    def everything(self) -> set[str]:
        """The hashes of all that is there. What was never finished is removed on the way (call it `alone`)."""
        for unfinished in self._folder.glob("??/*.new"):
            with suppress(OSError):
                unfinished.unlink()
        return {path.name for path in self._folder.glob("??/*") if _NAME.fullmatch(path.name)}

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError("not a hash")
        return self._folder / name[:2] / name
