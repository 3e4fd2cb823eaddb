"""The one door to the desk: a read message and its act go in, what came of it comes out.

act ──► report ─────────────────────────► filing
    ├── query ──────────────────────────► asking
    ├── manage ─────────────────────────► managing
    ├── help, chitchat, advert ─────────► a word, if the bot was spoken to
    └── the others, on a ticket ────────► acting        by number, by reply, or by what was said last
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.domain.model import InboxMessage, Person, Ticket
from desk.domain.place import Place
from desk.domain.replies import NOTHING, Answer, Effect
from desk.domain.terms import RECENT
from desk.domain.words import OPEN_STATES, Act, Outcome, Role, State
from desk.services.acting import do_act
from desk.services.asking import do_query_list, do_query_one
from desk.services.filing import do_answer_place, do_report, open_question
from desk.services.managing import do_manage
from desk.services.people import same_person
from desk.services.scene import Scene, ticket_numbered
from desk.storage.tables import people, tickets

SILENT = frozenset({Act.CHITCHAT, Act.ADVERT})


def perform(session: Session, scene: Scene, act: Act) -> Effect:
    """Does what the message asks, as far as its speaker may; the effect is kept in the inbox row."""
    return kept(scene.row, _perform(session, scene, act))


def kept(row: InboxMessage, effect: Effect) -> Effect:
    """The effect, written into the row that it is of: whoever handles the row again says the same."""
    row.effect, row.ticket_id = effect.as_dict(), effect.ticket
    return effect


def _perform(session: Session, scene: Scene, act: Act) -> Effect:
    if act is Act.REPORT:
        return _report(session, scene)
    if act is Act.QUERY:
        return _query(session, scene)
    if act is Act.HELP:
        return _word("help_staff" if Role.STAFF in scene.roles or Role.OFFICER in scene.roles else "help")
    if act is Act.MANAGE:
        return do_manage(session, scene)
    if act in SILENT:
        return _word("not_understood") if scene.addressed else NOTHING
    named = named_ticket(session, scene)
    ticket = named if _names_exactly(scene) else named or implied_ticket(session, scene, act)
    if ticket is None:
        return _no_ticket(scene)
    return do_act(session, scene, act, ticket, explicit=named is not None)


def answer_place(session: Session, scene: Scene) -> Effect | None:
    """Takes the message as the answer to an open question about a place; None when nothing was asked."""
    question = open_question(session, scene)
    if question is None or Place.from_dict(scene.reading.get("place")).is_empty:
        return None
    return kept(scene.row, do_answer_place(session, scene, question))


def named_ticket(session: Session, scene: Scene) -> Ticket | None:
    """The ticket that the message names by number, else the one it replies to.

    A number that an exact command names is meant: where there is no such ticket it is none, and never another one.
    """
    number = scene.reading.get("number")
    if isinstance(number, int):
        numbered = ticket_numbered(session, scene.community.id, number)
        if numbered is not None or _names_exactly(scene):
            return numbered
    return scene.target


def _names_exactly(scene: Scene) -> bool:
    return bool(scene.reading.get("exact")) and isinstance(scene.reading.get("number"), int)


def implied_ticket(session: Session, scene: Scene, act: Act) -> Ticket | None:
    """The ticket that an unaddressed 我家也是 or 怎么还没来 means."""
    if act in (Act.SECOND, Act.SUPPLEMENT):
        return _newest_of_room(session, scene)
    if act is Act.URGE:
        return _newest_own(session, scene)
    return None


def _newest_of_room(session: Session, scene: Scene) -> Ticket | None:
    if scene.room is None:
        return None
    query = select(Ticket).where(
        tickets.c.room_id == scene.room.id,
        tickets.c.state.in_(OPEN_STATES),
        tickets.c.opened_at >= scene.now - RECENT,
    )
    found: Ticket | None = session.scalars(query.order_by(tickets.c.id.desc())).first()
    return found


def _newest_own(session: Session, scene: Scene) -> Ticket | None:
    query = select(Ticket).where(tickets.c.community_id == scene.community.id, tickets.c.state.in_(OPEN_STATES))
    found: list[Ticket] = list(session.scalars(query.order_by(tickets.c.id.desc())))
    return next((ticket for ticket in found if _is_requester(session, scene, ticket)), None)


def _is_requester(session: Session, scene: Scene, ticket: Ticket) -> bool:
    requester = session.scalars(select(Person).where(people.c.id == ticket.requester_id)).first()
    return requester is not None and same_person(session, scene.community.id, requester, scene.person)


def _report(session: Session, scene: Scene) -> Effect:
    # In private the target may be what the bot spoke of last: that explains a bare verb, not a matter of its own.
    replied = scene.row.reply_to is not None or scene.row.reply_to_bot_about is not None
    target = scene.target if replied else None
    if target is not None and target.state in (*OPEN_STATES, State.RESOLVED) and _same_matter(scene, target):
        act = Act.SUPPLEMENT if _is_requester(session, scene, target) else Act.SECOND
        return do_act(session, scene, act, target, explicit=True)
    return do_report(session, scene)


def _same_matter(scene: Scene, target: Ticket) -> bool:
    """A reply that complains of the ticket's own matter adds to it; one of another matter or place is a new one."""
    heard = Place.from_dict(scene.reading.get("place"))
    elsewhere = heard.building is not None and heard.building != target.where.building
    return scene.reading.get("category") == target.category.value and not elsewhere


def _query(session: Session, scene: Scene) -> Effect:
    listing, number = scene.reading.get("listing"), scene.reading.get("number")
    if listing in ("open", "overdue", "stats", "mine"):
        return do_query_list(session, scene)
    if isinstance(number, int) and ticket_numbered(session, scene.community.id, number) is None:
        return _no_ticket(scene)
    ticket = named_ticket(session, scene)
    return do_query_list(session, scene) if ticket is None else do_query_one(session, scene, ticket, explicit=True)


def _no_ticket(scene: Scene) -> Effect:
    """What is said of a ticket that there is not, or of none in particular: if we were asked, or by a staff command."""
    if not scene.addressed and not (_names_exactly(scene) and scene.roles & {Role.STAFF, Role.OFFICER}):
        return NOTHING
    number = scene.reading.get("number")
    return _word("which_ticket") if number is None else _word("no_such_ticket", {"number": number})


def _word(template: str, facts: dict[str, Any] | None = None) -> Effect:
    return Effect(Outcome.ANSWERED, (Answer(template, facts or {}),))
