"""Takes away what somebody settled about himself in the chat: links, codes, the home, a request to volunteer."""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from desk.services.accounts import unlink
from desk.services.homes import forget_home
from desk.storage.belonging_tables import admissions, link_codes, link_tries


def admissions_of(session: Session, person_id: int) -> int:
    """How often somebody asked to be a volunteer."""
    return int(session.scalar(select(func.count()).where(admissions.c.person_id == person_id)) or 0)


def forget_belongings(session: Session, person_id: int) -> None:
    """All of it; what the register says of a member stays the register's."""
    unlink(session, person_id)
    forget_home(session, person_id)
    for table in (link_codes, link_tries, admissions):
        gone = delete(table).where(table.c.person_id == person_id)
        session.execute(gone.execution_options(synchronize_session=False))
