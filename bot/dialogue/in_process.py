"""The dialogue in this process: agent and actions without a port."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from bot.dialogue.contract import Effect, Parse, Talk, effect_of
from nlu import engine as nlu


class InProcessDialogue:
    """A loaded model and the actions beside it."""

    def __init__(self, model: Path, database: Engine | None) -> None:
        """Loads the model; without a database it only reads.

        Raises:
            nlu.engine.ModelUnusable: no such model, or none of ours.
        """
        self._loop = asyncio.new_event_loop()
        self._agent = nlu.load(model, _endpoint(database) if database is not None else None)

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


def _endpoint(database: Engine) -> Any:
    """Rasa's way to the actions, without HTTP."""
    from rasa.utils.endpoints import ClientResponseError, EndpointConfig
    from rasa_sdk.executor import ActionExecutor
    from rasa_sdk.interfaces import ActionExecutionRejection

    from actions.base import DeskAction

    DeskAction.engine = database
    executor = ActionExecutor()
    executor.register_package("actions")

    class Direct(EndpointConfig):  # type: ignore[misc]
        """Calls the executor where Rasa would call a server."""

        async def request(self, *_args: Any, json: Any = None, **_more: Any) -> Any:
            try:
                return await executor.run(json)
            except ActionExecutionRejection as rejection:
                raise ClientResponseError(400, str(rejection), "") from rejection

    return Direct("direct://actions")
