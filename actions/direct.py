"""The actions without a server: Rasa's endpoint as a call in this process."""

from __future__ import annotations

from typing import Any

from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection
from sqlalchemy.engine import Engine

from actions.base import DeskAction


class DirectEndpoint(EndpointConfig):
    """Calls the executor where Rasa would call a server."""

    def __init__(self, database: Engine) -> None:
        """Registers every action, all on this database."""
        super().__init__("direct://actions")
        DeskAction.engine = database
        self._executor = ActionExecutor()
        self._executor.register_package("actions")

    async def request(self, *_args: Any, json: Any = None, **_more: Any) -> Any:
        """Runs the action that Rasa names."""
        try:
            return await self._executor.run(json)
        except ActionExecutionRejection as rejection:
            raise ClientResponseError(400, str(rejection), "") from rejection
