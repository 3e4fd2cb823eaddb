"""What happens by itself when time passes: reminders, deadlines, unanswered questions, closing, and forgetting."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.domain.keeping import KEEP
from desk.domain.model import Question, Ticket, TicketEvent
from desk.domain.terms import AUTO_CLOSE
from desk.domain.words import OPEN_STATES, EventKind, State
from desk.services.digest import Daily, do_daily
from desk.services.keeping import sweep
from desk.services.manners import releases
from desk.services.notices import Notices
from desk.services.records import Record, hold
from desk.storage.tables import questions, ticket_events, tickets


def next_due(session: Session, after: datetime, until: datetime) -> datetime | None:
    """The earliest moment in (after, until] at which something happens by itself."""
    moments = [moment for moment in _moments(session, after) if after < moment <= until]
    return min(moments, default=None)


def _moments(session: Session, after: datetime) -> Iterable[datetime]:
    """Candidates, of columns alone: asked after every deed, while a quarter may hold hundreds of open tickets."""
    terms = select(tickets.c.term_from, tickets.c.due_at)
    for term_from, due_at in session.execute(terms.where(tickets.c.state.in_(OPEN_STATES), tickets.c.due_at > after)):
        yield _half(term_from, due_at)
        yield due_at
    for resolved_at in session.scalars(select(tickets.c.resolved_at).where(tickets.c.state == State.RESOLVED)):
        yield resolved_at + AUTO_CLOSE
    yield from session.scalars(select(questions.c.expires_at).where(*_UNANSWERED))
    yield from releases(session, after)


_UNANSWERED = (questions.c.answered_at.is_(None), questions.c.staff_told_at.is_(None))


def _with_term(session: Session) -> list[Ticket]:
    query = select(Ticket).where(tickets.c.state.in_(OPEN_STATES), tickets.c.due_at.is_not(None))
    return list(session.scalars(query.order_by(tickets.c.id)))


def _half(term_from: datetime, due_at: datetime) -> datetime:
    return term_from + (due_at - term_from) / 2


def do_due(session: Session, now: datetime, daily: Daily | None = None, keep: timedelta = KEEP) -> int:
    """Does everything that is due by now, each thing once; how many things. Words are kept for `keep`.

    The running gateway gives a `daily` as well; without one nobody hears figures that he did not ask for.
    """
    done = sum((_remind(session, now), _ask_staff(session, now), _close(session, now), sweep(session, now, keep)))
    return done + (do_daily(session, now, daily) if daily is not None else 0)


def _remind(session: Session, now: datetime) -> int:
    done = 0
    for ticket in _with_term(session):
        assert ticket.due_at is not None
        if now >= ticket.due_at:
            done += _once(session, ticket, now, EventKind.OVERDUE)
        elif now >= _half(ticket.term_from, ticket.due_at):
            done += _once(session, ticket, now, EventKind.REMINDED)
    return done


def _once(session: Session, ticket: Ticket, now: datetime, kind: EventKind) -> int:
    if _is_told(session, ticket, kind):
        return 0
    hold(session, ticket)
    if ticket.state not in OPEN_STATES or _is_told(session, ticket, kind):
        return 0
    event: TicketEvent = Record(session, ticket, now).event(kind)
    notices = Notices(session, ticket, now, f"e{event.id}")
    if kind is EventKind.REMINDED:
        notices.assignee("reminder")
        return 1
    if ticket.assignee_id is not None:
        notices.assignee("overdue")
    notices.staff("overdue_staff")
    return 1


def _is_told(session: Session, ticket: Ticket, kind: EventKind) -> bool:
    told = select(ticket_events.c.id).where(
        ticket_events.c.ticket_id == ticket.id, ticket_events.c.kind == kind, ticket_events.c.at >= ticket.term_from
    )
    return session.scalars(told).first() is not None


def _ask_staff(session: Session, now: datetime) -> int:
    query = select(Question).where(questions.c.expires_at <= now, *_UNANSWERED)
    done = 0
    for question in list(session.scalars(query.order_by(questions.c.id).with_for_update())):
        question.staff_told_at = now
        ticket = session.get(Ticket, question.ticket_id)
        if ticket is not None and ticket.state in OPEN_STATES:
            Notices(session, ticket, now, f"q{question.id}").staff("place_unknown")
            done += 1
    return done


def _close(session: Session, now: datetime) -> int:
    query = select(Ticket).where(tickets.c.state == State.RESOLVED, tickets.c.resolved_at <= now - AUTO_CLOSE)
    silent = list(session.scalars(query.order_by(tickets.c.id).with_for_update()))
    for ticket in silent:
        Record(session, ticket, now).close(reason="no_answer")
    return len(silent)
