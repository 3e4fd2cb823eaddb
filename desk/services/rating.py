"""What a verdict does to a ticket: a good one closes it, a bad one sends it back to whoever did it."""

from __future__ import annotations

from desk.domain.replies import NOTHING, Effect
from desk.domain.words import Kind
from desk.services.deed import Deed

GOOD_RATING = 3
"""From here on a rating closes; below it reopens."""


def do_rate(deed: Deed) -> Effect:
    """The verdict that the message says, or the question for one."""
    rating = deed.scene.reading.get("rating")
    if not isinstance(rating, int) or not 1 <= rating <= 5:
        return deed.say("rate_how") if deed.scene.addressed else NOTHING
    return rate(deed, rating)


def rate(deed: Deed, rating: int) -> Effect:
    """A verdict of 1 to 5: the ticket is closed, or begun again."""
    ticket = deed.ticket
    deed.record.rate(rating, **({"on_behalf": True} if deed.scene.reading.get("on_behalf") else {}))
    if rating >= GOOD_RATING:
        deed.notices.assignee("rated", rating=rating)
        deed.record.close()
        return deed.say("rate_thanks")
    deed.record.reopen()
    if ticket.kind is Kind.WISH:
        _again_to_volunteers(deed)
    elif ticket.assignee_id is not None or ticket.accountable_id is not None:
        # Whoever did it does it again; the officer, who answers for it, knows.
        deed.record.assign(ticket.assignee_id or ticket.accountable_id or 0)
        facts = {"rating": rating, "words": _beside_verdict(deed)}
        deed.notices.assignee("reopened", **facts)
        if ticket.accountable_id not in (None, ticket.assignee_id):
            deed.notices.officer("reopened", **facts)
    else:
        deed.notices.staff("unassigned")
    return deed.say("rate_sorry")


def _beside_verdict(deed: Deed) -> str:
    """What was said with a verdict; a bare 不满意 says nothing that the news of it does not."""
    return "" if deed.scene.reading.get("bare") else deed.scene.row.text


def _again_to_volunteers(deed: Deed) -> None:
    """A wish that was not fulfilled is shown again; who tried hears why."""
    tried = deed.ticket.assignee_id
    deed.ticket.assignee_id = None
    if tried is not None:
        deed.notices.member(tried, "rated", rating=deed.ticket.rating)
    deed.notices.volunteers("wish_card")
