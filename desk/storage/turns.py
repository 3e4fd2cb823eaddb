"""Threads of one process take turns at SQLite's only write lock, in the order in which they asked.

SQLite itself lets a writer sleep and look again, up to a tenth of a second each time: whoever writes all the time, as
the loop that handles messages does, keeps everybody else out. Other processes still wait in SQLite's way.
"""

from __future__ import annotations

from collections import deque
from contextlib import AbstractContextManager
from threading import Lock, get_ident


class Turns(AbstractContextManager[None]):
    """A lock that is handed over to who has waited longest."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._holder: int | None = None
        self._waiting: deque[tuple[int, Lock]] = deque()

    def __enter__(self) -> None:
        """Waits for its turn.

        Raises:
            RuntimeError: the thread has it already; it would wait for itself.
        """
        me, mine = get_ident(), Lock()
        with self._guard:
            if self._holder == me:
                raise RuntimeError("a transaction within a transaction")
            if self._holder is None:
                self._holder = me
                return
            mine.acquire()
            self._waiting.append((me, mine))
        try:
            mine.acquire()  # until it is handed over
        except BaseException:
            self._leave(me, mine)
            raise

    def __exit__(self, *_error: object) -> None:
        with self._guard:
            self._hand_over()

    def _leave(self, me: int, mine: Lock) -> None:
        """Somebody was interrupted while he waited, or just when it was handed to him."""
        with self._guard:
            if (me, mine) in self._waiting:
                self._waiting.remove((me, mine))
            elif self._holder == me:
                self._hand_over()

    def _hand_over(self) -> None:
        self._holder, mine = self._waiting.popleft() if self._waiting else (None, None)
        if mine is not None:
            mine.release()
