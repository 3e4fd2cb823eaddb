"""Who may do what to a ticket, from which state, and where it goes: the state table as one table.

filed ──► assigned ──► accepted ──► resolved ──► closed
  ▲          ▲  ▲─────────┘ release    │
  └──────────┴─────── rate < 3 ◄───────┘        beside them: withdrawn, merged
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from desk.domain.words import Act, Kind, Standing, State


class Verdict(Enum):
    """Why an act is or is not allowed."""

    ALLOWED = "allowed"
    NOT_YOURS = "not_yours"
    NOT_NOW = "not_now"


NOT_A_WISH = frozenset(Kind) - {Kind.WISH}
WISH = frozenset({Kind.WISH})
ANY_KIND = frozenset(Kind)
LIVE = frozenset({State.FILED, State.ASSIGNED, State.ACCEPTED, State.RESOLVED})
BEFORE_DONE = frozenset({State.FILED, State.ASSIGNED, State.ACCEPTED})


@dataclass(frozen=True)
class Transition:
    """One row: these people may do this act to a ticket of these kinds in these states.

    `target` is the new state; None leaves it as it is (an event only).
    """

    act: Act
    kinds: frozenset[Kind]
    who: frozenset[Standing]
    sources: frozenset[State]
    target: State | None


def _row(act: Act, kinds: frozenset[Kind], who: str, sources: frozenset[State], target: State | None) -> Transition:
    return Transition(act, kinds, frozenset(Standing(word) for word in who.split()), sources, target)


OPEN_TO_CLAIM = frozenset({State.FILED, State.ASSIGNED})
UNDER_WAY = frozenset({State.ASSIGNED, State.ACCEPTED})
UNFINISHED = LIVE | {State.WITHDRAWN}

TRANSITIONS = (
    _row(Act.CLAIM, WISH, "volunteer leader any_officer staff", OPEN_TO_CLAIM, State.ACCEPTED),
    _row(Act.CLAIM, NOT_A_WISH, "grid_officer helper assignee", OPEN_TO_CLAIM, State.ACCEPTED),
    _row(Act.RELEASE, WISH, "assignee", frozenset({State.ACCEPTED}), State.FILED),
    _row(Act.RELEASE, NOT_A_WISH, "assignee", frozenset({State.ACCEPTED}), State.ASSIGNED),
    _row(Act.FINISH, ANY_KIND, "assignee accountable staff", UNDER_WAY, State.RESOLVED),
    _row(Act.FINISH, ANY_KIND, "requester", UNDER_WAY, State.CLOSED),
    _row(Act.RATE, ANY_KIND, "requester", frozenset({State.RESOLVED}), State.CLOSED),
    _row(Act.WITHDRAW, ANY_KIND, "requester staff", UNFINISHED, State.WITHDRAWN),
    _row(Act.ASSIGN, ANY_KIND, "grid_officer staff", BEFORE_DONE, State.ASSIGNED),
    _row(Act.ESCALATE, ANY_KIND, "grid_officer staff", LIVE, None),
    _row(Act.CORRECT, ANY_KIND, "grid_officer staff", LIVE, None),
    _row(Act.URGE, ANY_KIND, "anybody", LIVE, None),
    _row(Act.SECOND, ANY_KIND, "anybody", LIVE, None),
    _row(Act.SUPPLEMENT, ANY_KIND, "anybody", LIVE, None),
)
"""Two targets depend on more than the row and are settled where the act is done: a release by the officer himself
leaves the ticket `filed`; a rating under 3 reopens it (`assigned`, a wish `filed`)."""

QUERY_ONE = frozenset(
    {Standing.REQUESTER, Standing.SUPPORTER, Standing.ASSIGNEE, Standing.HELPER, Standing.GRID_OFFICER, Standing.STAFF}
)
"""Who may ask for the state of one ticket."""


def judge(act: Act, kind: Kind, state: State, standings: Collection[Standing]) -> tuple[Verdict, Transition | None]:
    """Whether somebody with these standings may do the act now, and the row that allows it.

    `NOT_YOURS` comes before `NOT_NOW`: who may never do a thing is not told about its state.
    """
    rows = [row for row in TRANSITIONS if row.act is act and kind in row.kinds]
    mine = [row for row in rows if row.who & {*standings, Standing.ANYBODY}]
    if not mine:
        return Verdict.NOT_YOURS, None
    allowed = next((row for row in mine if state in row.sources), None)
    return (Verdict.ALLOWED, allowed) if allowed else (Verdict.NOT_NOW, None)
