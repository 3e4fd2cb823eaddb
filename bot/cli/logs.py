"""Logs on stderr, as text or as lines of JSON, without anybody's words, names or secrets.

Our own loggers name rows and channels by id, and their messages are written. What a library has to say may quote a
message, or a URL with a token in it: of that only who, where and how grave is written. Of an exception the kind and the
frames are written and not its message, for the same reason (a driver's shows the row that it could not store).
`LINLI_DEBUG` lets everything through, for a machine without real people's messages.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from datetime import datetime, timezone

OURS = ("bot", "desk", "actions", "nlu", "linli")

_PLAIN = "%(levelname)s %(name)s %(message)s"


def set_up_logs(form: str) -> None:
    """Replaces whatever the root logger had."""
    open_book = bool(os.environ.get("LINLI_DEBUG"))
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(_PLAIN) if open_book else _FORMATTERS[form]())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.ERROR)


def speak_up() -> None:
    """For a command that runs for long: what it does, and what libraries warn of."""
    logging.getLogger().setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)


def quiet_libraries() -> None:
    """Takes away the handlers that libraries gave themselves: what they say goes through ours, or nowhere."""
    for name in list(logging.Logger.manager.loggerDict):
        logger = logging.getLogger(name)
        if name.split(".")[0] not in OURS and logger.handlers:
            logger.handlers[:] = []
            logger.propagate = True


class Discreet(logging.Formatter):
    """A line of text without anything that a person wrote."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; of an exception a second one."""
        facts = facts_of(record)
        error = facts.pop("error", None)
        line = f"{facts['level']} {facts['logger']} {facts['event']}"
        return f"{line}\n  {error}" if error else line


class JsonLines(logging.Formatter):
    """The same as an object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        at = datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds")
        return json.dumps({"at": at, **facts_of(record)}, ensure_ascii=False)


_FORMATTERS: dict[str, type[logging.Formatter]] = {"text": Discreet, "json": JsonLines}


def facts_of(record: logging.LogRecord) -> dict[str, str]:
    """What may be written of a record."""
    own = record.name.split(".")[0] in OURS
    facts = {
        "level": record.levelname,
        "logger": record.name,
        "event": record.getMessage() if own else f"({os.path.basename(record.pathname)}:{record.lineno})",
    }
    if record.exc_info and record.exc_info[1] is not None:
        facts["error"] = _error(record.exc_info[1])
    return facts


def _error(error: BaseException) -> str:
    """The kinds of an exception and of its causes, and where it was raised."""
    kinds: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(kinds) < 5:
        kinds.append(f"{type(cause).__module__}.{type(cause).__qualname__}".removeprefix("builtins."))
        cause = cause.__cause__ or cause.__context__
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return f"{' < '.join(kinds)} at " + " > ".join(f"{os.path.basename(f.filename)}:{f.lineno}" for f in frames)
