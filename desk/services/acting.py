"""What people do to tickets. The state table says who may; here it is done, recorded and told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from desk.domain.model import Member, Ticket
from desk.domain.place import Place
from desk.domain.replies import NOTHING, Answer, Effect
from desk.domain.states import Verdict, judge
from desk.domain.words import OVER_STATES, Act, Category, EventKind, Kind, Outcome, Purpose, Standing, State
from desk.services import corrections, people, telling
from desk.services.correcting import correct_more
from desk.services.deed import Deed
from desk.services.files import described
from desk.services.filing import give_grid
from desk.services.notices import full_facts, notices_of
from desk.services.places import grids_fitting
from desk.services.rating import do_rate, rate
from desk.services.records import Record, hold
from desk.services.scene import Scene


def do_act(session: Session, scene: Scene, act: Act, ticket: Ticket, *, explicit: bool) -> Effect:
    """Does the act if the state table allows it.

    `explicit` says that the ticket was named by reply or number. Who may not is told so when he spoke to the bot;
    otherwise his words were for his neighbours.
    """
    hold(session, ticket)
    deed = _deed(session, scene, ticket, explicit)
    verdict, _row = judge(act, ticket.kind, ticket.state, deed.standings)
    if verdict is Verdict.ALLOWED and _may_here(deed, act):
        return _DEEDS[act](deed)
    if verdict is Verdict.NOT_NOW:
        return _not_now(deed, act)
    return _not_yours(deed, act)


def _deed(session: Session, scene: Scene, ticket: Ticket, explicit: bool) -> Deed:
    own = people.standings(session, ticket, scene.person, scene.member)
    standings = telling.on_behalf(session, scene, ticket, own)
    record = Record(session, ticket, scene.now, scene.person, scene.row.id)
    notices = notices_of(session, ticket, scene)
    return Deed(session, scene, ticket, standings, record, notices, explicit)


def _may_here(deed: Deed, act: Act) -> bool:
    """What anybody may do, anybody in the ticket's room may do."""
    if act not in (Act.URGE, Act.SECOND, Act.SUPPLEMENT):
        return True
    return bool(deed.standings) or deed.at_home


def _not_yours(deed: Deed, act: Act) -> Effect:
    if act is Act.CLAIM and (deed.ticket.state in (State.FILED, State.ASSIGNED)):
        return deed.say("how_to_register" if deed.ticket.kind is Kind.WISH else "claim_not_yours")
    if not (deed.scene.addressed or _by_number(deed)):
        return NOTHING
    return deed.say("rate_not_yours" if act is Act.RATE else "not_yours")


def _by_number(deed: Deed) -> bool:
    return deed.scene.reading.get("number") == deed.ticket.number


def _not_now(deed: Deed, act: Act) -> Effect:
    state = deed.ticket.state
    if act is Act.CLAIM and state is State.ACCEPTED:
        return deed.say("claim_already_yours" if Standing.ASSIGNEE in deed.standings else "claim_too_late")
    if act is Act.FINISH and state is State.RESOLVED and Standing.REQUESTER in deed.standings:
        return rate(deed, 5)
    if not (deed.scene.addressed or _by_number(deed)) and act in (Act.SECOND, Act.SUPPLEMENT, Act.URGE):
        return NOTHING
    return deed.say("over_already" if state in OVER_STATES else "not_now")


def _claim(deed: Deed) -> Effect:
    member = deed.scene.member
    assert member is not None, "the state table lets only members claim"
    deed.record.accept(member.id)
    if deed.ticket.kind is not Kind.WISH:
        deed.notices.officer("claimed_by_helper", helper=member.name)
        return deed.say("claimed")
    if not deed.at_home:
        deed.notices.requester("wish_claimed")
    details = Answer("wish_details", full_facts(deed.session, deed.ticket), private=True)
    return deed.done(Answer("wish_claim_thanks", deed.facts()), details)


def _release(deed: Deed) -> Effect:
    ticket = deed.ticket
    own = ticket.assignee_id == ticket.accountable_id
    deed.record.release()
    if ticket.kind is Kind.WISH:
        deed.notices.volunteers("wish_card")
    elif own or ticket.accountable_id is None:
        deed.notices.staff("released_to_staff")
    else:
        deed.record.assign(ticket.accountable_id)
        deed.notices.officer("released_to_officer")
    return deed.say("released")


def _finish(deed: Deed) -> Effect:
    worker = deed.standings & {Standing.ASSIGNEE, Standing.ACCOUNTABLE, Standing.STAFF}
    deed.record.resolve()
    if not worker:
        return rate(deed, 5)
    deed.notices.requester("resolved_ask_told" if telling.is_told(deed.session, deed.ticket) else "resolved_ask")
    # In the requester's room the question to him is the confirmation; a second sentence would be noise.
    return deed.done() if deed.at_home else deed.say("finish_thanks")


def _withdraw(deed: Deed) -> Effect:
    if deed.ticket.state is State.WITHDRAWN:
        return deed.say("over_already")
    worker = deed.ticket.assignee_id
    deed.record.withdraw()
    if worker is not None:
        deed.notices.member(worker, "withdrawn_notice")
    return deed.say("withdrawn")


def _assign(deed: Deed) -> Effect:
    name = str(deed.scene.reading.get("assign_to") or "").strip()
    if not name:
        return deed.say("assign_to_whom")
    grid = next((g for g in _grids(deed) if g.name == name), None)
    if grid is not None:
        give_grid(deed.session, deed.ticket, grid.id, deed.scene.now)
        deed.notices.officer("assigned")
        return deed.say("assign_done", name=name)
    found = people.members_named(deed.session, deed.ticket.community_id, name)
    if not found:
        return deed.say("assign_unknown", whom=name)
    if len(found) > 1:
        return deed.say("assign_which", name=name, names=[m.name for m in found])
    return _assign_to(deed, found[0])


def _assign_to(deed: Deed, member: Member) -> Effect:
    before = deed.ticket.assignee_id
    deed.record.assign(member.id)
    if before not in (None, member.id):
        deed.notices.member(before, "taken_over")
    deed.notices.member(member.id, "assigned")
    return deed.say("assign_done", name=member.name)


def _grids(deed: Deed) -> list[Any]:
    return grids_fitting(deed.session, deed.ticket.community_id, Place())


def _escalate(deed: Deed) -> Effect:
    department = str(deed.scene.reading.get("department") or "").strip()
    if not department:
        return deed.say("escalate_to_whom")
    deed.record.event(EventKind.ESCALATED, department=department)
    for member in people.members_named(deed.session, deed.ticket.community_id, department):
        deed.notices.member(member.id, "escalated_notice", department=department)
    room = deed.scene.room
    if room is None or room.purpose is not Purpose.STAFF:
        deed.notices.staff("escalated_notice", department=department)
    return deed.say("escalated", department=department)


def _correct(deed: Deed) -> Effect:
    reading, ticket = deed.scene.reading, deed.ticket
    if reading.get("not_request"):
        deed.record.event(EventKind.CORRECTED, not_request=True)
        corrections.record(deed.session, deed.scene, ticket, is_request=False)
        deed.record.withdraw()
        return deed.say("corrected_not_request")
    if (more := correct_more(deed)) is not None:
        return more
    kind, category = reading.get("kind_to"), reading.get("category_to")
    if not kind and not category:
        return deed.say("correct_how")
    before = {"kind": ticket.kind.value, "category": ticket.category.value}
    was_wish = ticket.kind is Kind.WISH
    ticket.kind = Kind(kind) if kind else ticket.kind
    ticket.category = Category(category) if category else ticket.category
    after = {"kind": ticket.kind.value, "category": ticket.category.value}
    deed.record.event(EventKind.CORRECTED, before=before, after=after)
    corrections.record(deed.session, deed.scene, ticket, is_request=True)
    _rehome(deed, was_wish)
    return deed.say("corrected")


def _rehome(deed: Deed, was_wish: bool) -> None:
    """A ticket that became a wish goes to the volunteers, one that stopped being one to the officer; praise is done."""
    ticket = deed.ticket
    if ticket.kind is Kind.PRAISE:
        deed.record.start_term()
        deed.record.close()
        return
    if (ticket.kind is Kind.WISH) == was_wish or ticket.state in (State.ACCEPTED, State.RESOLVED):
        return
    deed.record.start_term()
    if not was_wish:
        deed.record.release(reason="wish")
        deed.notices.volunteers("wish_card")
    elif ticket.accountable_id is not None:
        deed.record.assign(ticket.accountable_id)
        deed.notices.officer("assigned")
    else:
        deed.notices.staff("unassigned")


def _urge(deed: Deed) -> Effect:
    deed.record.event(EventKind.URGED, message=deed.scene.row.message)
    deed.notices.assignee("urged_notice", words=deed.scene.row.text)
    return deed.say("urged" if deed.ticket.assignee_id else "urged_unassigned")


def _second(deed: Deed) -> Effect:
    if not deed.record.add_supporter(deed.scene.person, message=deed.scene.row.message):
        return _supplement(deed)
    answers = [Answer("seconded", deed.facts())] if deed.scene.addressed or _by_number(deed) else []
    return deed.done(*answers, outcome=Outcome.SUPPLEMENT)


def _supplement(deed: Deed) -> Effect:
    row = deed.scene.row
    text = deed.scene.reading.get("summary", "")
    deed.record.event(EventKind.SUPPLEMENTED, text=text, message=row.message, attachments=described(row.attachments))
    deed.notices.assignee(
        "supplemented", text=row.text, attachments=[str(item.get("kind")) for item in row.attachments]
    )
    answers = [Answer("supplement_thanks", deed.facts())] if deed.scene.addressed or _by_number(deed) else []
    return deed.done(*answers, outcome=Outcome.SUPPLEMENT)


_DEEDS: dict[Act, Callable[[Deed], Effect]] = {
    Act.CLAIM: _claim,
    Act.RELEASE: _release,
    Act.FINISH: _finish,
    Act.RATE: do_rate,
    Act.WITHDRAW: _withdraw,
    Act.ASSIGN: _assign,
    Act.ESCALATE: _escalate,
    Act.CORRECT: _correct,
    Act.URGE: _urge,
    Act.SECOND: _second,
    Act.SUPPLEMENT: _supplement,
}
