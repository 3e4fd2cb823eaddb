"""One matter typed on several lines: what an unclear line may belong to.

3号楼 ─ left alone          电梯 ─ left alone          又坏了 ─ alone nothing; "3号楼，电梯，又坏了" is a report
三号楼电梯又坏了 ─ filed     (photo) ─ added to it      二单元的 ─ added to it
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.dialogue.contract import Parse
from bot.routing.route import LEAVE, Route, Way
from desk.domain.model import Ticket
from desk.domain.words import Act, Listening, MessageKind
from desk.services.bursts import LONGEST_FRAGMENT, fragments, fresh_ticket
from desk.services.scene import Scene

CONTINUING = frozenset({Act.REPORT, Act.SUPPLEMENT, Act.URGE, Act.SECOND})
"""What the next line of somebody who has just reported may be taken for, however unsure the pipeline is."""


@dataclass(frozen=True)
class Burst:
    """The lines of one sender within a minute as one text, the inbox rows of all but the last, and how it is read."""

    text: str
    rows: tuple[int, ...]
    parse: Parse | None = None


def is_unclear(route: Route, scene: Scene) -> bool:
    """Whether a message may be a part of something: short, said to nobody, and no request, or one without a place."""
    everything = scene.room is not None and scene.room.listening is Listening.ALL
    said = scene.row.kind is MessageKind.SAID and scene.row.reply_to is None and not scene.addressed
    nowhere = route.way is Way.TALK and route.act is Act.REPORT and not any(scene.reading["place"].values())
    short = len(scene.row.text) <= 2 * LONGEST_FRAGMENT
    return everything and said and short and (route is LEAVE or nowhere)


def burst_of(session: Session, scene: Scene) -> Burst | None:
    """What the message and the short lines before it say together; None when there are none."""
    if not scene.row.text.strip():
        return None
    lines = fragments(session, scene)
    said = [line.text.strip() for line in lines if line.text.strip()]
    if not said:
        return None
    return Burst("，".join([*said, scene.row.text.strip()]), tuple(line.id for line in lines))


def continued(session: Session, scene: Scene) -> Ticket | None:
    """The speaker's ticket of this very minute, if the message reads like a part of it."""
    place = any((scene.reading.get("place") or {}).values())
    act = Act(scene.reading.get("act", Act.CHITCHAT))
    photo = not scene.row.text.strip() and bool(scene.row.attachments)
    return fresh_ticket(session, scene) if photo or place or act in CONTINUING else None
