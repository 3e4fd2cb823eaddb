"""Puts a row of the outbox into words, buttons and photos, as a channel delivers it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import Engine

from bot.channels.contract import Button, Outgoing
from bot.gateway.discretion import worded
from bot.gateway.enclosing import Enclosing
from bot.texts.controls import ASIDES, buttons_of
from desk.domain.model import OutboxMessage
from desk.services.manners import heard_at


class Wording:
    """The words of one desk and the photos of one folder."""

    def __init__(self, engine: Engine, files: Path | None = None) -> None:
        self._engine = engine
        self._enclosing = Enclosing(engine, files)

    def outgoing(
        self,
        message: OutboxMessage,
        channel: object,
        *,
        code: str | None,
        reply_to: str | None,
        topic: str | None = None,
    ) -> Outgoing:
        """What `channel` shall deliver; `code` is the ticket as people type it.

        Raises:
            KeyError: a fact that the sentence needs is missing.
        """
        template, files = self._enclosing.enclosed(message, channel)
        text = worded(self._engine, message, template)
        return Outgoing(
            heard_at(message), message.channel, message.room, message.user, text, reply_to, code, message.template,
            buttons=tuple(Button(words, words) for words in buttons_of(message.template)), files=files, topic=topic,
            aside=message.template in ASIDES,
        )  # fmt: skip
