"""What the desk says: a template's name and facts. The sentences live elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from desk.domain.words import Outcome

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """One thing said to the speaker. `private` asks for a private message where there is a choice."""

    template: str
    facts: Facts = field(default_factory=dict)
    private: bool = False


@dataclass(frozen=True)
class Effect:
    """What handling a message came to: its outcome, the ticket it is about, what its speaker hears."""

    outcome: Outcome
    answers: tuple[Answer, ...] = ()
    ticket: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """For the inbox row: what was decided outlives the process that decided it."""
        answers = [{"template": a.template, "facts": dict(a.facts), "private": a.private} for a in self.answers]
        return {"outcome": self.outcome.value, "ticket": self.ticket, "answers": answers}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Effect:
        """The inverse of `as_dict`."""
        return cls(
            Outcome(values["outcome"]), tuple(Answer(**answer) for answer in values["answers"]), values["ticket"]
        )


NOTHING = Effect(Outcome.LEFT_ALONE)
