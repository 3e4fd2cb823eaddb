"""The dialogue in this process: agent and actions without a port."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.dialogue.contract import Parse, Talk, effect_of
from desk.domain.replies import Effect
from nlu import engine as nlu


class InProcessDialogue:
    """A loaded model and the actions beside it."""

    def __init__(self, model: Path, action_endpoint: Any = None) -> None:
        """Loads the model; without an endpoint for the actions it only reads.

        Raises:
            nlu.engine.ModelUnusable: no such model, or none of ours.
        """
        self._loop = asyncio.new_event_loop()
        self._agent = nlu.load(model, action_endpoint)

    def read(self, texts: Sequence[str]) -> list[Parse]:
        """See the contract."""
        return nlu.read_batch(self._agent, texts)

    def say(self, talk: Talk) -> Effect | None:
        """See the contract."""
        answers = self._loop.run_until_complete(
            nlu.talk(self._agent, talk.conversation, talk.text, talk.parse, talk.metadata)
        )
        return effect_of(answers, talk.row)

    def close(self) -> None:
        """See the contract."""
        self._loop.close()
