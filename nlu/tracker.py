"""The memory of Rasa's dialogue: none. What a message means for a ticket is in the desk's database.

Every message begins a new conversation. The rules look at one message only, and a question that waits for its answer is
a row of the desk: so nothing that anybody said stays in Rasa's tracker beyond the message itself (endpoints.yml).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.trackers import DialogueStateTracker


class ForgetfulTrackerStore(TrackerStore):
    """Keeps nothing and remembers nobody."""

    def __init__(self, domain: Any = None, event_broker: Any = None, **_settings: Any) -> None:
        super().__init__(domain, event_broker)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Kept nowhere."""

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Nobody was here before."""
        return None

    async def keys(self) -> Iterable[str]:
        """No conversations."""
        return []
