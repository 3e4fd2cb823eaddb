"""A volunteer reports in (报到): staff of the community are asked, and their yes puts him into the register.

asked ─► allowed   a member with the role volunteer and this account; the next import keeps him
      └► refused   he may ask again a day later
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.domain.belonging import ASK_AGAIN, Admission, AdmissionState
from desk.domain.model import Identity, InboxMessage, Member, OutboxMessage, Person
from desk.domain.replies import NOTHING, Answer, Effect
from desk.domain.words import Outcome, Purpose, Role
from desk.services import people
from desk.services.notices import post, staff_rooms
from desk.services.scene import Scene, find_said
from desk.storage.belonging_tables import admissions
from desk.storage.tables import members, outbox, rooms
from desk.storage.tables import people as people_table


def do_join(session: Session, scene: Scene) -> Effect:
    """Asks staff whether the speaker may be a volunteer; asked twice they are told once."""
    if scene.room is None or scene.room.purpose is not Purpose.VOLUNTEERS:
        return _answer("join_where") if scene.addressed else NOTHING
    if Role.VOLUNTEER in scene.roles:
        return _answer("join_already") if scene.addressed else NOTHING
    if scene.member is not None:
        return _answer("join_in_file")
    known = admission_of(session, scene.community.id, scene.person)
    if known is not None and not _may_ask_again(known, scene):
        return _answer("join_asked") if scene.addressed else NOTHING
    admission = known or Admission(scene.community.id, scene.person.id, scene.row.id, scene.now)
    admission.state, admission.inbox_id, admission.asked_at = AdmissionState.ASKED, scene.row.id, scene.now
    admission.answered_at, admission.answered_by_id = None, None
    session.add(admission)
    session.flush()
    _ask_staff(session, scene, admission)
    return Effect(Outcome.ACTED, (Answer("join_asked"),))


def _may_ask_again(known: Admission, scene: Scene) -> bool:
    """A refusal stands for a while; whoever was allowed and is no member any more may ask."""
    if known.state is AdmissionState.ASKED:
        return False
    return known.state is AdmissionState.ALLOWED or (known.answered_at or known.asked_at) + ASK_AGAIN <= scene.now


def admission_of(session: Session, community_id: int, person: Person) -> Admission | None:
    """What became of a person's asking to be a volunteer."""
    query = select(Admission).where(admissions.c.community_id == community_id, admissions.c.person_id == person.id)
    found: Admission | None = session.scalars(query).first()
    return found


def _ask_staff(session: Session, scene: Scene, admission: Admission) -> None:
    facts = {"name": scene.person.name, "admission": admission.id}
    among_staff = staff_rooms(session, rooms.c.community_id == scene.community.id)
    found: list[tuple[str, dict[str, Any]]] = [(room.channel, {"room": room.room}) for room in among_staff]
    if not found:
        staff = people.members_with(session, scene.community.id, Role.STAFF)
        found = [(a.channel, {"user": a.user}) for one in staff for a in people.accounts_of(session, one.id)[:1]]
    for channel, to in found:
        key = f"i{scene.row.id}:join:{channel}:{next(iter(to.values()))}"
        post(session, OutboxMessage(key, channel, "join_card", facts, scene.now, **to))


def asked_about(session: Session, scene: Scene) -> Admission | None:
    """The asking that a message answers: a reply to its card or to the 报到 itself, else the only one of that name."""
    row = scene.row
    if row.reply_to_bot_about is not None or row.reply_to is not None:
        return _replied_to(session, scene)
    name = str(scene.reading.get("whom") or "").strip()
    open_now = [(admission, person) for admission, person in _open(session, scene) if name == person.name]
    return open_now[0][0] if name and len(open_now) == 1 else None


def _replied_to(session: Session, scene: Scene) -> Admission | None:
    row = scene.row
    named = row.reply_to_bot_about or row.reply_to or ""
    said = find_said(session, row, named)
    cards = select(OutboxMessage).where(outbox.c.channel == row.channel, outbox.c.provider_message == named)
    here = outbox.c.room == row.room if row.room is not None else outbox.c.user == scene.person.user
    card: OutboxMessage | None = session.scalars(cards.where(here).order_by(outbox.c.id.desc())).first()
    query = select(Admission).where(admissions.c.community_id == scene.community.id)
    if said is not None:
        found: Admission | None = session.scalars(query.where(admissions.c.inbox_id == said.id)).first()
        return found
    if card is not None and card.template == "join_card":
        about: Admission | None = session.scalars(query.where(admissions.c.id == card.facts.get("admission"))).first()
        return about
    return None


def _open(session: Session, scene: Scene) -> list[tuple[Admission, Person]]:
    query = select(Admission, Person).join(Person, admissions.c.person_id == people_table.c.id)
    query = query.where(admissions.c.community_id == scene.community.id, admissions.c.state == AdmissionState.ASKED)
    return [(row[0], row[1]) for row in session.execute(query.order_by(admissions.c.id))]


def do_admit(session: Session, scene: Scene) -> Effect:
    """The answer of staff; anybody else's is none."""
    admission = asked_about(session, scene)
    if admission is None:
        return NOTHING
    if Role.STAFF not in scene.roles:
        return _answer("manage_by_staff") if scene.addressed else NOTHING
    session.refresh(admission, with_for_update=True)
    person = session.get(Person, admission.person_id)
    assert person is not None, "who asked has spoken"
    if admission.state is not AdmissionState.ASKED:
        return _answer("join_settled", name=person.name)
    allowed = bool(scene.reading.get("allow"))
    member = people.member_of(session, scene.community.id, person)
    if allowed and member is not None and Role.VOLUNTEER not in member.role_set:
        return _answer("join_by_file", name=person.name)  # the file came to name him, and says otherwise
    admission.state = AdmissionState.ALLOWED if allowed else AdmissionState.REFUSED
    admission.answered_at, admission.answered_by_id = scene.now, scene.person.id
    if allowed:
        admission.member_id = _enlist(session, scene, person)
    _tell(session, scene, admission, person, allowed=allowed)
    return Effect(Outcome.ACTED, (Answer("join_allowed" if allowed else "join_refused", {"name": person.name}),))


def _enlist(session: Session, scene: Scene, person: Person) -> int:
    """A member of the register from now on; who became one meanwhile stays what the file says."""
    known = people.member_of(session, scene.community.id, person)
    if known is not None:
        return known.id
    code = f"joined:{person.id}"
    query = select(Member).where(members.c.community_id == scene.community.id, members.c.code == code)
    member: Member | None = session.scalars(query).first()
    if member is None:
        member = Member(scene.community.id, code, person.name, Role.VOLUNTEER.value)
        session.add(member)
        session.flush()
    member.retired, member.roles = False, Role.VOLUNTEER.value
    session.add(Identity(scene.community.id, member.id, person.channel, person.user))
    session.flush()
    return member.id


def _tell(session: Session, scene: Scene, admission: Admission, person: Person, *, allowed: bool) -> None:
    """A yes where he asked; a no is nobody else's business."""
    asked = session.get(InboxMessage, admission.inbox_id)
    key, facts = f"i{scene.row.id}:joined", {"name": person.name, "community": scene.community.name}
    if allowed and asked is not None and asked.room is not None:
        to: dict[str, Any] = {"room": asked.room, "reply_to": asked.message}
    else:
        to = {"user": person.user}
    template = "join_welcome" if allowed else "join_sorry"
    post(session, OutboxMessage(key, person.channel, template, facts, scene.now, **to))


def _answer(template: str, **facts: Any) -> Effect:
    return Effect(Outcome.ANSWERED, (Answer(template, facts),))
