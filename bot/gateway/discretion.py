"""The one gate before anything is said: private words reach who works on the matter, and nobody else.

a room                                     every word veiled, and the finished sentence once more
in private, accountable or assignee        as it is: they have to call and to find the door
in private, whose matter it is             as it is: his own words
in private, anybody else                   as in a room
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import Engine

from bot.texts import render
from desk.domain.model import OutboxMessage
from desk.services.confidants import may_read
from desk.services.manners import heard_at
from desk.storage.engine import transaction
from nlu.private import veil

SPOKEN = ("detail", "text", "words", "second", "requester", "department", "whom")
"""Facts in the words of residents, as they wrote them."""


def worded(engine: Engine, message: OutboxMessage, template: str) -> str:
    """The sentence of a message, as whoever hears it may read it.

    Raises:
        KeyError: see `bot.texts.render`.
    """
    in_room, at = message.room is not None, heard_at(message)
    if not in_room and _confides(engine, message):
        return render(template, message.facts, at)
    said = render(template, discreet(message.facts), at, in_room=in_room)
    # The names that are left are those of the register: an officer must be called by his.
    return veil(said, names=False)


def discreet(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts whose words anybody may read; of a joined message those of each line."""
    clean = {name: veil(value) if name in SPOKEN and isinstance(value, str) else value for name, value in facts.items()}
    if isinstance(clean.get("lines"), list):
        clean["lines"] = [_discreet_line(line) for line in clean["lines"]]
    return clean


def _discreet_line(line: Any) -> Any:
    known = isinstance(line, dict) and isinstance(line.get("facts"), dict)
    return {**line, "facts": discreet(line["facts"])} if known else line


def _confides(engine: Engine, message: OutboxMessage) -> bool:
    if message.ticket_id is None:
        return False
    with transaction(engine) as session:
        return may_read(session, message)
