"""Every error as one clear line and an exit status; a traceback is for those who set LINLI_DEBUG."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import typer

from bot.bootstrap import ExtraMissing, NoModel
from bot.channels.wechat_errors import ClientError
from bot.cli.pulse import PortTaken
from bot.cli.register_words import meaning_of, tell_problems
from bot.cli.words import reason_of, tell, word
from bot.dialogue.contract import DialogueAway, DialogueRefused
from bot.settings import SettingInvalid
from desk.domain.errors import DatabaseAway, RegisterInvalid, SchemaMismatch
from nlu.engine import ModelUnusable
from nlu.recorded import RecordUnusable

NOTHING_DONE = 2
SOME_UNUSABLE = 1


def _database(error: DatabaseAway) -> None:
    tell("errors.database_away", reason=reason_of(str(error.facts.get("reason", ""))))


def _schema(error: SchemaMismatch) -> None:
    tell(f"errors.schema_{error.facts['age']}")


def _register(error: RegisterInvalid) -> None:
    problems = error.facts["problems"]
    if problems[0]["code"] == "unreadable":
        facts = problems[0]
        tell("errors.unreadable", path=facts.get("path") or meaning_of(facts) or facts.get("reason") or "")
        return
    tell_problems(problems)


def _file(error: OSError) -> None:
    tell("errors.unreadable", path=error.filename or "")


_SENTENCES: list[tuple[type[Exception], Callable[[Any], None]]] = [
    (DatabaseAway, _database),
    (SchemaMismatch, _schema),
    (RegisterInvalid, _register),
    (SettingInvalid, lambda error: tell("errors.setting_invalid", name=error.name)),
    (ExtraMissing, lambda error: tell("errors.extra_missing", extra=error.extra)),
    (PortTaken, lambda error: tell("errors.port_taken", port=error.port)),
    (NoModel, lambda _error: tell("errors.no_model")),
    (ModelUnusable, lambda error: tell(f"errors.model_{error.reason}", path=error.path)),
    (RecordUnusable, lambda error: tell("errors.record_unreadable", path=error.path)),
    (DialogueAway, lambda error: tell("errors.rasa_away", detail=error)),
    (DialogueRefused, lambda error: tell("errors.rasa_refused", detail=error)),
    (ClientError, lambda error: tell("errors.wechat", why=type(error).__name__)),
    (BrokenPipeError, lambda _error: None),
    (OSError, _file),
]


@contextmanager
def one_line() -> Iterator[None]:
    """Turns an expected error into its sentence and exit status 2, any other into one line as well."""
    try:
        yield
    except (typer.Exit, typer.Abort, KeyboardInterrupt):
        raise
    except Exception as error:
        if os.environ.get("LINLI_DEBUG"):
            raise
        sentence = next((say for kind, say in _SENTENCES if isinstance(error, kind)), None)
        if sentence is not None:
            sentence(error)
        else:
            print(word("errors.unexpected", detail=f"{type(error).__name__}: {error}"[:300]), file=sys.stderr)
        raise typer.Exit(NOTHING_DONE) from error
