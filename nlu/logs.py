"""The last line before a log: whatever is written there, private words are not.

Records are changed where they are made, so that every handler, also one that is added later, gets them veiled.
"""

from __future__ import annotations

import logging
from typing import Any

LONGEST = 4_000
"""Characters of a line or of a traceback; a log is no place for letters."""

_PLAIN = logging.Formatter()


def _veiled(text: str) -> str:
    from nlu.private import veil  # its patterns take a moment: a command that logs nothing does not wait for them

    return veil(text, names=False)


def veil_logs() -> None:
    """From here on every record of this process is veiled; called twice it does the same."""
    if not getattr(logging.getLogRecordFactory(), "veils", False):
        logging.setLogRecordFactory(_Veiling(logging.getLogRecordFactory()))


class _Veiling:
    """Makes records whose text and traceback are veiled already; their arguments are gone."""

    veils = True

    def __init__(self, make: Any) -> None:
        self._make = make

    def __call__(self, *args: Any, **more: Any) -> logging.LogRecord:
        record: logging.LogRecord = self._make(*args, **more)
        record.msg, record.args = _veiled(_said(record)[:LONGEST]), None
        if record.exc_info:
            shown = _PLAIN.formatException(record.exc_info) if isinstance(record.exc_info, tuple) else ""
            record.exc_text, record.exc_info = _veiled(shown[-LONGEST:]), None
        return record


def _said(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # a record that cannot be put together is still said, without what it was to be filled with
        return str(record.msg)


def veiled_event(_logger: Any, _method: str, event: Any) -> Any:
    """The same for structlog, as the last of its processors: Rasa's own log goes that way."""
    return _veiled(event[:LONGEST]) if isinstance(event, str) else event
