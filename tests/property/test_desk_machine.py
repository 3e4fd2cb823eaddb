"""Random people do random things to random tickets, in any order: what must hold, holds after every step."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from desk_driver import (
    CHEN,
    EVERYBODY,
    GUEST,
    HAO,
    HE,
    LI,
    NINE,
    QIAN,
    STAFF,
    SUN,
    THREE,
    WU,
    ZHANG,
    Desk,
    Said,
    Speaker,
)
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from desk.domain.model import Person, Ticket
from desk.domain.words import Act
from desk.services import people
from desk.services.records import derived_state, events_of
from desk.storage.engine import open_engine, sqlite_url, transaction
from desk.storage.tables import tickets

SPEAKERS = st.sampled_from([LI, QIAN, GUEST, ZHANG, HAO, HE, CHEN, SUN, WU])
ROOMS = st.sampled_from([THREE, NINE, EVERYBODY, STAFF, None])
ON_TICKETS = st.sampled_from(
    [Act.CLAIM, Act.RELEASE, Act.FINISH, Act.RATE, Act.WITHDRAW, Act.ASSIGN, Act.ESCALATE, Act.CORRECT, Act.URGE, Act.SECOND,
     Act.SUPPLEMENT, Act.QUERY]
)  # fmt: skip
KINDS = st.sampled_from(["service", "complaint", "consult", "suggest", "wish", "praise"])
BUILDINGS = st.sampled_from([{}, {"building": "3"}, {"building": "9"}, {"building": "13"}])
FINAL = ("closed", "merged")


class DeskMachine(RuleBasedStateMachine):
    """A desk whose tickets are compared with the record and with what they were before."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = shutil.copy(self.template, Path(self.folder.name) / "linli.db")
        self.desk = Desk(open_engine(sqlite_url(Path(path))))
        self.said: list[Said] = []
        self.before: dict[int, tuple[str, list[int]]] = {}

    def teardown(self) -> None:
        self.desk.engine.dispose()
        self.folder.cleanup()

    @rule(who=SPEAKERS, room=ROOMS, kind=KINDS, place=BUILDINGS, category=st.sampled_from(["noise", "elevator"]),
          urgency=st.sampled_from(["normal", "emergency"]))  # fmt: skip
    def report(self, who: Speaker, room: str | None, **reading: object) -> None:
        self.said.append(self.desk.says(who, "有件事", room=room, **reading))

    @precondition(lambda self: self.said)
    @rule(
        who=SPEAKERS, room=ROOMS, act=ON_TICKETS, number=st.integers(1, 6), rating=st.integers(1, 5),
        assign_to=st.sampled_from(["孙玉芬", "何大勇", "第二网格", "nobody"]), kind_to=st.sampled_from([None, "wish", "service"]),
        not_request=st.booleans(),
    )  # fmt: skip
    def act(self, who: Speaker, room: str | None, act: Act, **reading: object) -> None:
        self.desk.says(who, "做这个", act, room=room, department="物业", **reading)

    @precondition(lambda self: self.said)
    @rule(data=st.data(), who=SPEAKERS, act=ON_TICKETS)
    def reply(self, data: st.DataObject, who: Speaker, act: Act) -> None:
        target = data.draw(st.sampled_from(self.said))
        self.desk.says(who, "回一句", act, reply_to=target.id, rating=data.draw(st.integers(1, 5)))

    @precondition(lambda self: self.said)
    @rule(data=st.data(), edit=st.booleans(), who=SPEAKERS)
    def revise(self, data: st.DataObject, edit: bool, who: Speaker) -> None:
        target = data.draw(st.sampled_from(self.said))
        if edit:
            self.desk.edits(who, target.id, "改成这样", place=data.draw(BUILDINGS))
        else:
            self.desk.recalls(who, target.id)

    @rule(who=SPEAKERS, room=ROOMS, place=BUILDINGS)
    def answer_place(self, who: Speaker, room: str | None, place: dict[str, str]) -> None:
        self.desk.says(who, "在这儿", Act.CHITCHAT, room=room, place=place)

    @rule(hours=st.sampled_from([0.6, 3, 90, 24 * 8]))
    def wait(self, hours: float) -> None:
        self.desk.wait(hours=hours)

    @invariant()
    def what_must_hold(self) -> None:
        with transaction(self.desk.engine) as session:
            found = list(session.scalars(select(Ticket).order_by(tickets.c.number)))
            assert [ticket.number for ticket in found] == list(range(1, len(found) + 1))
            for ticket in found:
                record = events_of(session, ticket)
                assert ticket.state is derived_state(record), ticket.number
                requester = session.get(Person, ticket.requester_id)
                assert requester is not None
                backers = people.supporters_of(session, ticket)
                assert not any(people.same_person(session, ticket.community_id, requester, one) for one in backers)
                assert (ticket.state.value == "accepted") <= (ticket.assignee_id is not None), ticket.number
                assert (ticket.state.value == "assigned") <= (ticket.assignee_id is not None), ticket.number
                self._compared(ticket.number, ticket.state.value, [event.id for event in record])

    def _compared(self, number: int, state: str, record: list[int]) -> None:
        """Nothing is ever taken off the record; what is over stays over."""
        was, had = self.before.get(number, (state, []))
        assert record[: len(had)] == had, number
        assert was not in FINAL or state == was, f"{number} was {was} and is {state}"
        self.before[number] = (state, record)


def test_the_desk_holds_whatever_people_do(sqlite_templates: dict[bool, Path]) -> None:
    DeskMachine.template = sqlite_templates[True]
    run_state_machine_as_test(
        DeskMachine,
        settings=settings(max_examples=12, stateful_step_count=16, suppress_health_check=list(HealthCheck)),
    )


@pytest.mark.parametrize("state", FINAL)
def test_the_machine_notices_what_is_not_final(sqlite_templates: dict[bool, Path], state: str) -> None:
    DeskMachine.template = sqlite_templates[True]
    machine = DeskMachine()
    machine._compared(1, state, [1, 2])
    with pytest.raises(AssertionError):
        machine._compared(1, "assigned", [1, 2, 3])
    with pytest.raises(AssertionError):
        machine._compared(1, state, [2])
    machine.teardown()
