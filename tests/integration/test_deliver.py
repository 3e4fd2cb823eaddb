"""The outbox through channels that refuse, ask for patience or break."""

from __future__ import annotations

from datetime import timedelta

import pytest
from desk_driver import THREE, Desk
from sqlalchemy import select

from bot.channels.contract import Outgoing, Permanent, Receipt, Transient
from bot.gateway.deliver import Deliverer
from bot.gateway.handle import wall_clock
from desk.domain.model import OutboxMessage
from desk.domain.words import OutboxState
from desk.services.notices import post
from desk.storage.engine import transaction


class Failing:
    """A channel that fails as told, and remembers what went through."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.sent: list[Outgoing] = []

    def send(self, message: Outgoing) -> Receipt:
        """Fails while there are errors left."""
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(message)
        return Receipt(f"p{len(self.sent)}")


def put(desk: Desk, key: str, channel: str = "console") -> None:
    with transaction(desk.engine) as session:
        post(session, OutboxMessage(key, channel, "help", {}, desk.now, room=THREE))


def states(desk: Desk) -> dict[str, OutboxState]:
    with transaction(desk.engine) as session:
        return {message.dedup_key: message.state for message in session.scalars(select(OutboxMessage))}


def row(desk: Desk) -> OutboxMessage:
    with transaction(desk.engine) as session:
        return session.scalars(select(OutboxMessage)).one()


def deliver(desk: Desk, **channels: Failing) -> int:
    return Deliverer(desk.engine, "owner", channels.get, lambda: desk.now).deliver()


def test_the_receipt_of_the_provider_is_kept(desk: Desk) -> None:
    put(desk, "k")
    assert deliver(desk, console=Failing()) == 1
    assert (row(desk).state, row(desk).provider_message) == (OutboxState.SENT, "p1")


def test_who_asks_for_patience_gets_it(desk: Desk) -> None:
    put(desk, "k")
    assert deliver(desk, console=Failing(Transient(300))) == 0
    waiting = row(desk)
    assert waiting.state is OutboxState.PENDING
    assert waiting.retry_at is not None
    assert waiting.retry_at > wall_clock() + timedelta(seconds=290)


def test_refused_for_good(desk: Desk) -> None:
    put(desk, "k")
    assert deliver(desk, console=Failing(Permanent())) == 1
    assert states(desk) == {"k": OutboxState.FAILED}


@pytest.mark.parametrize("error", [RuntimeError("the library broke"), OSError("connection reset")])
def test_a_broken_channel_stops_neither_the_round_nor_the_others(desk: Desk, error: Exception) -> None:
    put(desk, "broken", "other")
    put(desk, "good")
    assert deliver(desk, other=Failing(error), console=Failing()) == 1
    assert states(desk) == {"broken": OutboxState.PENDING, "good": OutboxState.SENT}


def test_without_its_channel_a_message_waits(desk: Desk) -> None:
    put(desk, "k", "telegram")
    assert deliver(desk) == 0
    assert states(desk) == {"k": OutboxState.PENDING}
