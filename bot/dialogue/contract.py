"""What the gateway asks of a dialogue, whichever way it runs.

DialogueError
├── DialogueAway      cannot be reached now; later it may
└── DialogueRefused   understood us and said no (wrong secret, wrong version)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from desk.domain.replies import Effect

Parse = dict[str, Any]
"""What Rasa says of a text: `intent`, `intent_ranking`, `matter`, `location`."""


class DialogueError(Exception):
    """Base."""


class DialogueAway(DialogueError):
    """Not reachable, or not ready yet."""


class DialogueRefused(DialogueError):
    """It answered, but not to us."""


@dataclass(frozen=True)
class Talk:
    """One message for the dialogue; `row` and `token` let the action find it in the inbox."""

    conversation: str
    text: str
    parse: Parse
    row: int
    token: str

    @property
    def metadata(self) -> dict[str, Any]:
        """What travels to the action untouched."""
        return {"row": self.row, "token": self.token}


class Dialogue(Protocol):
    """Reads and talks."""

    def read(self, texts: Sequence[str]) -> list[Parse]:
        """A parse a text, in order, in one pass.

        Raises:
            DialogueAway: later.
        """

    def say(self, talk: Talk) -> Effect | None:
        """What came of the message; None when an action failed (its transaction may have been kept all the same).

        Raises:
            DialogueAway: later.
        """

    def close(self) -> None:
        """Lets go of everything."""


def effect_of(answers: Sequence[Any], row: int) -> Effect | None:
    """The effect among the answers of the actions.

    Raises:
        DialogueAway: the action says that the desk's database is away; that is not the message's fault.
    """
    ours = [answer for answer in answers if isinstance(answer, dict) and answer.get("row") == row]
    if ours and "away" in ours[0]:
        raise DialogueAway(str(ours[0]["away"]))
    return Effect.from_dict(ours[0]["effect"]) if ours else None
