"""What Rasa remembers of a conversation: nothing, in this process and by endpoints.yml."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from rasa.core.tracker_store import FailSafeTrackerStore, TrackerStore
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain

from bot.settings import read_settings
from nlu import engine as nlu
from nlu.tracker import ForgetfulTrackerStore

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
SECRET = "我是王建国，电话13812345678"


def test_the_server_is_told_so() -> None:
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    store = TrackerStore.create(endpoints.tracker_store, Domain.empty())
    assert isinstance(store, ForgetfulTrackerStore)


def test_a_conversation_leaves_nothing_behind() -> None:
    async def converse() -> None:
        store = ForgetfulTrackerStore(Domain.empty())
        tracker = await store.get_or_create_tracker("console:room:x:1")
        await store.save(tracker)
        assert await store.retrieve("console:room:x:1") is None
        assert list(await store.keys()) == []

    asyncio.run(converse())


def test_a_talk_leaves_nothing_in_the_agent() -> None:
    settings = read_settings()
    path = settings.model or nlu.model_path(settings.models, ROOT)
    if not path.is_file():
        pytest.skip("no model is trained here")
    agent = nlu.load(path)
    assert isinstance(agent.tracker_store, FailSafeTrackerStore)
    parse = {"text": SECRET, "intent": {"name": "chitchat", "confidence": 1.0}, "entities": []}
    for number in range(3):
        asyncio.run(nlu.talk(agent, f"console:room:x:{number}", SECRET, parse, {"row": number, "token": "t" * 32}))
    store = agent.tracker_store._tracker_store
    assert isinstance(store, ForgetfulTrackerStore)
    assert {"domain", "_domain"} >= {
        name for name, value in vars(store).items() if value and name != "max_event_history"
    }
