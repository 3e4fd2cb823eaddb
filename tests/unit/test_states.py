"""The state table, written down a second time from the specification: every state × act × standing, wish or not."""

from __future__ import annotations

import itertools

import pytest

from desk.domain.states import QUERY_ONE, Verdict, judge
from desk.domain.words import Act, Kind, Standing, State

FILED, ASSIGNED, ACCEPTED, RESOLVED = "filed", "assigned", "accepted", "resolved"
CLOSED, WITHDRAWN, MERGED = "closed", "withdrawn", "merged"
STANDINGS = [
    "requester",
    "supporter",
    "assignee",
    "accountable",
    "grid_officer",
    "helper",
    "any_officer",
    "leader",
    "volunteer",
    "staff",
    "anybody",
]
EVERYBODY = frozenset(STANDINGS)
ACTS = [
    "claim",
    "release",
    "finish",
    "rate",
    "withdraw",
    "assign",
    "escalate",
    "correct",
    "urge",
    "second",
    "supplement",
]
NOT_ON_TICKETS = ["report", "query", "manage", "help", "chitchat", "advert"]
OPEN_OR_DONE = {FILED, ASSIGNED, ACCEPTED, RESOLVED}

# (act, is it a wish): {standing: {state: state afterwards; None is an event only}}
SPEC: dict[tuple[str, bool], dict[str, dict[str, str | None]]] = {
    ("claim", True): dict.fromkeys(
        ["volunteer", "leader", "any_officer", "staff"], {FILED: ACCEPTED, ASSIGNED: ACCEPTED}
    ),
    ("claim", False): dict.fromkeys(["grid_officer", "helper", "assignee"], {FILED: ACCEPTED, ASSIGNED: ACCEPTED}),
    ("release", True): {"assignee": {ACCEPTED: FILED}},
    ("release", False): {"assignee": {ACCEPTED: ASSIGNED}},
    **{
        ("finish", wish): {
            **dict.fromkeys(["assignee", "accountable", "staff"], {ASSIGNED: RESOLVED, ACCEPTED: RESOLVED}),
            # 修好了 by the requester is rated 5 at once
            "requester": {ASSIGNED: CLOSED, ACCEPTED: CLOSED},
        }
        for wish in (True, False)
    },
    **{("rate", wish): {"requester": {RESOLVED: CLOSED}} for wish in (True, False)},
    **{
        ("withdraw", wish): dict.fromkeys(["requester", "staff"], dict.fromkeys([*OPEN_OR_DONE, WITHDRAWN], WITHDRAWN))
        for wish in (True, False)
    },
    **{
        ("assign", wish): dict.fromkeys(
            ["grid_officer", "staff"], {FILED: ASSIGNED, ASSIGNED: ASSIGNED, ACCEPTED: ASSIGNED}
        )
        for wish in (True, False)
    },
    **{
        (act, wish): dict.fromkeys(["grid_officer", "staff"], dict.fromkeys(OPEN_OR_DONE))
        for act in ("escalate", "correct")
        for wish in (True, False)
    },
    **{
        (act, wish): dict.fromkeys(EVERYBODY, dict.fromkeys(OPEN_OR_DONE))
        for act in ("urge", "second", "supplement")
        for wish in (True, False)
    },
}
STATES = [FILED, ASSIGNED, ACCEPTED, RESOLVED, CLOSED, WITHDRAWN, MERGED]
KINDS = {True: ["wish"], False: ["service", "complaint", "consult", "suggest", "praise"]}


def test_the_vocabularies_are_those_of_the_interface() -> None:
    assert [state.value for state in State] == STATES
    assert sorted(standing.value for standing in Standing) == sorted(STANDINGS)
    assert sorted(act.value for act in Act) == sorted([*ACTS, *NOT_ON_TICKETS])
    assert sorted(kind.value for kind in Kind) == sorted([*KINDS[True], *KINDS[False]])


@pytest.mark.parametrize("wish", [True, False], ids=["wish", "no wish"])
@pytest.mark.parametrize("act", ACTS)
def test_one_standing(act: str, wish: bool) -> None:
    table = SPEC[act, wish]
    for kind, state, standing in itertools.product(KINDS[wish], STATES, STANDINGS):
        said = f"{act} of a {kind} that is {state} by {standing}"
        verdict, row = judge(Act(act), Kind(kind), State(state), {Standing(standing)})
        may = table.get(standing)
        if may is None:
            assert (verdict, row) == (Verdict.NOT_YOURS, None), said
        elif state not in may:
            assert (verdict, row) == (Verdict.NOT_NOW, None), said
        else:
            assert verdict is Verdict.ALLOWED, said
            assert row is not None
            assert (row.target.value if row.target else None) == may[state], said


@pytest.mark.parametrize("wish", [True, False], ids=["wish", "no wish"])
@pytest.mark.parametrize("act", ACTS)
def test_two_standings_may_what_either_may(act: str, wish: bool) -> None:
    table = SPEC[act, wish]
    for state, pair in itertools.product(STATES, itertools.combinations(STANDINGS, 2)):
        said = f"{act} of {KINDS[wish][0]} that is {state} by {pair}"
        verdict, row = judge(Act(act), Kind(KINDS[wish][0]), State(state), {Standing(one) for one in pair})
        targets = {table[one][state] for one in pair if one in table and state in table[one]}
        if targets:
            assert verdict is Verdict.ALLOWED, said
            assert row is not None
            assert (row.target.value if row.target else None) in targets, said
        else:
            assert verdict is (Verdict.NOT_NOW if set(pair) & set(table) else Verdict.NOT_YOURS), said


@pytest.mark.parametrize("wish", [True, False], ids=["wish", "no wish"])
def test_who_is_nothing_to_a_ticket_is_anybody(wish: bool) -> None:
    for act, state in itertools.product(ACTS, STATES):
        verdict, _ = judge(Act(act), Kind(KINDS[wish][0]), State(state), ())
        public = act in ("urge", "second", "supplement")
        live = state in OPEN_OR_DONE
        expected = (Verdict.ALLOWED if live else Verdict.NOT_NOW) if public else Verdict.NOT_YOURS
        assert verdict is expected, f"{act} in {state}"


@pytest.mark.parametrize("act", NOT_ON_TICKETS)
def test_what_is_no_act_on_a_ticket_is_never_allowed(act: str) -> None:
    for kind, state in itertools.product(Kind, State):
        assert judge(Act(act), kind, state, set(Standing)) == (Verdict.NOT_YOURS, None)


def test_worker_comes_before_requester_when_he_is_both() -> None:
    # A volunteer who finishes a wish of his own account's would otherwise be asked to judge himself.
    for standing in ("assignee", "accountable", "staff"):
        _, row = judge(Act.FINISH, Kind.SERVICE, State.ACCEPTED, {Standing.REQUESTER, Standing(standing)})
        assert row is not None
        assert row.target is State.RESOLVED


def test_who_may_ask_for_one_ticket() -> None:
    assert {standing.value for standing in QUERY_ONE} == {
        "requester", "supporter", "grid_officer", "helper", "assignee", "staff",
    }  # fmt: skip
