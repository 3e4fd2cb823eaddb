"""Puts the parts together: database, model, dialogue, handler."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Engine

from bot.channels.contract import Channel
from bot.dialogue.contract import Dialogue, DialogueAway
from bot.settings import CHECKOUT, Settings, is_checkout
from desk.domain.errors import DatabaseAway
from desk.storage.engine import open_engine
from desk.storage.schema import prepare

if TYPE_CHECKING:
    from bot.dialogue.in_process import InProcessDialogue

Progress = Callable[[str], None]
"""Told what long work is under way (`train`, `load`)."""


class NoModel(Exception):
    """There is no model and none can be trained here."""


class ExtraMissing(Exception):
    """A channel is set whose library is not installed; `extra` names what to install."""

    def __init__(self, extra: str) -> None:
        super().__init__(extra)
        self.extra = extra


def open_desk(settings: Settings) -> Engine:
    """The desk's database, made if it is not there.

    Raises:
        DatabaseAway, SchemaMismatch: it cannot be used.
    """
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseAway(reason="read_only") from error
    engine = open_engine(settings.database_url)
    prepare(engine)
    return engine


def find_model(settings: Settings, progress: Progress) -> Path:
    """The model to use: the one that is set, else that of the checkout's data, trained if it is not there.

    Of the checkout's data the one that learnt from corrections as well goes first (`linli train --with-corrections`).

    Raises:
        NoModel: outside of a checkout, with none set.
        nlu.engine.ModelUnusable: the one that is set is missing or none of ours.
    """
    from nlu import engine as nlu

    if settings.model is not None:
        nlu.check(settings.model)
        return settings.model
    if not is_checkout():
        raise NoModel
    path = nlu.model_path(settings.models, CHECKOUT)
    if not path.is_file():
        progress("train")
        nlu.train(CHECKOUT, path)
    return path


def open_reader(settings: Settings, progress: Progress) -> InProcessDialogue:
    """A dialogue that only reads; it needs no database."""
    from bot.dialogue.in_process import InProcessDialogue

    with stdout_kept():
        model = find_model(settings, progress)
        progress("load")
        return InProcessDialogue(model)


def open_dialogue(settings: Settings, engine: Engine, progress: Progress, *, patient: bool = False) -> Dialogue:
    """The dialogue: on the Rasa server that is set, else in this process.

    A `patient` caller goes on without the server, as it must when the server goes away later.

    Raises:
        DialogueAway, DialogueRefused: the server is not there, or is something else.
    """
    if settings.rasa_url is not None:
        from bot.dialogue.over_http import HttpDialogue

        remote = HttpDialogue(settings.rasa_url, settings.rasa_secret)
        try:
            remote.status()
        except DialogueAway:
            if not patient:
                raise
            progress("without_rasa")
        return remote
    from bot.dialogue.in_process import InProcessDialogue

    with stdout_kept():
        model = find_model(settings, progress)
        progress("load")
        from actions.direct import DirectEndpoint

        return InProcessDialogue(model, DirectEndpoint(engine))


def open_channels(settings: Settings) -> list[Channel]:
    """The platforms that are set; none is started.

    Raises:
        ExtraMissing: the library of one is not installed.
    """
    channels: list[Channel] = []
    if settings.telegram is not None:
        telegram = library("bot.channels.telegram", "telegram").TelegramChannel
        channels.append(telegram(settings.telegram))
    if settings.wechat is not None:
        wechat = library("bot.channels.wechat", "wechat").WechatChannel
        channels.append(wechat(settings.wechat.endpoint, settings.wechat.token))
    return channels


def library(module: str, extra: str) -> Any:
    """A module of ours that stands on the library of an extra.

    Raises:
        ExtraMissing: the library is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ExtraMissing(extra) from error


@contextmanager
def stdout_kept() -> Iterator[None]:
    """Training and loading write to stdout below Python's feet: while they run it leads to stderr."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
