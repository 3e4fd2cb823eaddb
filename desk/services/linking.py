"""One person on several accounts, by a code said in private: never a matter of roles, which are each account's own.

关联 here ─► a code ─► 关联 123456 there ─► both are one for tickets, ratings, withdrawals and supporters
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from desk.domain.belonging import CODE_LIVES, MOST_ACCOUNTS, WRONG_CODES, WRONG_CODES_IN, Link, LinkCode, LinkTry
from desk.domain.model import InboxMessage, OutboxMessage, Person
from desk.domain.replies import Answer, Effect
from desk.domain.words import Outcome
from desk.services.accounts import linked, unlink
from desk.services.notices import post
from desk.storage.belonging_tables import link_codes, link_tries, links


def do_link(session: Session, row: InboxMessage) -> Effect:
    """Gives a code, or takes the one that the other account was given. In private only: others read along."""
    code = (row.reading or {}).get("code")
    if row.room is not None:
        _burn(session, str(code or ""))
        return _answer("link_privately", private=True)
    person_id = int(row.person_id or 0)
    return _take(session, row, person_id, str(code)) if code else _give(session, row, person_id)


def _burn(session: Session, code: str) -> None:
    """A code that a room has read is nobody's secret any more."""
    session.execute(delete(link_codes).where(link_codes.c.code == code).execution_options(synchronize_session=False))


def _give(session: Session, row: InboxMessage, person_id: int) -> Effect:
    gone = (link_codes.c.person_id == person_id) | (link_codes.c.expires_at < row.received_at)
    session.execute(delete(link_codes).where(gone).execution_options(synchronize_session=False))
    taken = set(session.scalars(select(link_codes.c.code)))
    code = next(made for made in iter(_new_code, None) if made not in taken)
    session.add(LinkCode(person_id, code, row.received_at + CODE_LIVES))
    session.flush()
    return _answer("link_code", code=code, minutes=int(CODE_LIVES.total_seconds() // 60))


def _new_code() -> str:
    return f"{secrets.randbelow(10**6):06d}"


def _take(session: Session, row: InboxMessage, person_id: int, said: str) -> Effect:
    since = row.received_at - WRONG_CODES_IN
    tried = select(func.count()).where(link_tries.c.person_id == person_id, link_tries.c.at > since)
    if int(session.scalar(tried) or 0) >= WRONG_CODES:
        return _answer("link_later")
    query = select(LinkCode).where(link_codes.c.code == said, link_codes.c.expires_at >= row.received_at)
    code: LinkCode | None = session.scalars(query.with_for_update()).first()
    if code is None:
        session.add(LinkTry(person_id, row.received_at))
        session.flush()
        return _answer("link_wrong")
    if code.person_id == person_id:
        return _answer("link_same")
    other = session.get(Person, code.person_id)
    if other is None or len({*linked(session, person_id), *linked(session, other.id)}) > MOST_ACCOUNTS:
        return _answer("link_too_many")
    session.delete(code)
    _join(session, row, other.id, person_id)
    _tell_other(session, row, other, person_id)
    return Effect(Outcome.ACTED, (Answer("link_done", {"name": other.name}),))


def _tell_other(session: Session, row: InboxMessage, other: Person, person_id: int) -> None:
    """Whoever gave the code away to the wrong one shall know it at once."""
    speaker = session.get(Person, person_id)
    facts = {"name": speaker.name if speaker is not None else ""}
    told = OutboxMessage(f"i{row.id}:linked", other.channel, "linked_notice", facts, row.received_at, user=other.user)
    post(session, told)


def _join(session: Session, row: InboxMessage, one: int, other: int) -> None:
    everybody = sorted({*linked(session, one), *linked(session, other)})
    for link in session.scalars(select(Link).where(links.c.person_id.in_(everybody))):
        session.delete(link)
    session.flush()
    session.add_all(Link(person, everybody[0], row.received_at) for person in everybody)
    session.flush()


def do_unlink(session: Session, row: InboxMessage) -> Effect:
    """This account is by itself again; the others of its person stay together."""
    done = unlink(session, int(row.person_id or 0))
    return _answer("link_undone" if done else "link_none", private=True)


def _answer(template: str, *, private: bool = False, **facts: Any) -> Effect:
    return Effect(Outcome.ANSWERED, (Answer(template, facts, private=private),))
