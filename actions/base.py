"""The base of all actions: looks the message up, does T2, and answers with what came of it.

Who speaks and where is read from the inbox row, which the metadata names by id and the token of its lease; nothing
that a text or a caller claims is believed. A row that has its effect already is not handled a second time.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import Any, ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.engine import Engine

from bot.settings import read_settings
from desk.domain.errors import DatabaseAway
from desk.domain.replies import Effect
from desk.domain.words import Act
from desk.services.mailroom import held_row
from desk.services.perform import perform
from desk.services.scene import open_scene
from desk.storage.engine import open_engine, transaction
from desk.storage.schema import prepare


@lru_cache(maxsize=1)
def desk_engine() -> Engine:
    """The desk's database, as the environment names it."""
    engine = open_engine(read_settings().database_url)
    prepare(engine)
    return engine


class DeskAction(Action, ABC):
    """An action that hands its act to the desk."""

    engine: ClassVar[Engine | None] = None
    """Set where the gateway runs in this very process; otherwise the environment's."""

    @property
    @abstractmethod
    def act(self) -> Act:
        """What the message does; a subclass without one is a base, and no action to Rasa."""

    def name(self) -> str:
        """As domain.yml has it."""
        return f"action_{self.act}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        """Answers with one payload: the row and its effect."""
        metadata = tracker.latest_message.get("metadata") or {}
        row_id, token = int(metadata.get("row") or 0), str(metadata.get("token") or "")
        try:
            effect = await asyncio.to_thread(self._handle, row_id, token)
            dispatcher.utter_message(json_message={"row": row_id, "effect": effect.as_dict()})
        except DatabaseAway as error:  # an exception would reach the gateway as no answer, which is a failed attempt
            dispatcher.utter_message(json_message={"row": row_id, "away": str(error.facts.get("reason"))})
        return []

    def _handle(self, row_id: int, token: str) -> Effect:
        with transaction(DeskAction.engine or desk_engine()) as session:
            row = held_row(session, row_id, token)
            if row.effect is not None:
                return Effect.from_dict(row.effect)
            scene = open_scene(session, row, row.received_at)
            if scene is None:
                return Effect.from_dict({"outcome": "left_alone", "answers": [], "ticket": None})
            return perform(session, scene, self.act)
