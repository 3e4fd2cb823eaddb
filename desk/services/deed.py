"""One act of somebody on one ticket, with all that is needed to do it, record it and tell of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from desk.domain.model import Ticket
from desk.domain.replies import Answer, Effect
from desk.domain.words import Outcome, Standing
from desk.services.notices import Notices, ticket_facts
from desk.services.records import Record
from desk.services.scene import Scene


@dataclass(frozen=True)
class Deed:
    """One act on one ticket, with everything it needs at hand."""

    session: Session
    scene: Scene
    ticket: Ticket
    standings: frozenset[Standing]
    record: Record
    notices: Notices
    explicit: bool

    def facts(self, **more: Any) -> dict[str, Any]:
        """What may be said in public of the ticket as it now stands."""
        return {**ticket_facts(self.session, self.ticket), **more}

    def done(self, *answers: Answer, outcome: Outcome = Outcome.ACTED) -> Effect:
        """The effect of this deed."""
        return Effect(outcome, answers, self.ticket.id)

    def say(self, template: str, **more: Any) -> Effect:
        """The deed came to one sentence."""
        return self.done(Answer(template, self.facts(**more)))

    @property
    def at_home(self) -> bool:
        """Whether it is done in the room where the matter was raised, before the requester's eyes."""
        return self.scene.row.room is not None and self.scene.row.room == self.ticket.source_room
