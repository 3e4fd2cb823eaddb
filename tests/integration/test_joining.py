"""Volunteers who report in: staff are asked once, their yes makes a member, and the next import keeps him."""

from __future__ import annotations

from pathlib import Path

from desk_driver import CHEN, EVERYBODY, HAO, LI, REGISTER, STAFF, THREE, VOLUNTEERS, WU, ZHANG, Desk, Said, Speaker
from sqlalchemy import select
from sqlalchemy.engine import Engine

from desk.domain.model import OutboxMessage
from desk.domain.words import Act
from desk.services.additions import added
from desk.services.register import import_register
from desk.services.register_file import read_register
from desk.storage.engine import transaction
from desk.storage.tables import outbox

TANG = Speaker("r-tang", "热心小唐")


def reports_in(desk: Desk, who: Speaker = TANG, room: str | None = VOLUNTEERS, mentioned: bool = False) -> Said:
    return desk.says(who, "报到", Act.MANAGE, room=room, mentioned=mentioned, manage="join")


def answers(desk: Desk, who: Speaker, card: str | None, allow: bool = True, whom: str = "", room: str = STAFF) -> Said:
    word = "同意" if allow else "不同意"
    return desk.says(who, word, Act.MANAGE, room=room, reply_to=card, manage="admit", allow=allow, whom=whom)


def card_of(desk: Desk, said: Said) -> str:
    """The provider's id of the card in the staff room."""
    with transaction(desk.engine) as session:
        query = select(OutboxMessage).where(outbox.c.template == "join_card").order_by(outbox.c.id.desc())
        found = session.scalars(query).first()
        assert found is not None
        return str(found.provider_message)


def imports(engine: Engine, folder: Path, text: str) -> dict[str, dict[str, int]]:
    path = folder / "register.yml"
    path.write_text(text, encoding="utf-8")
    with transaction(engine) as session:
        return import_register(session, read_register(path))


def can_claim(desk: Desk, who: Speaker = TANG) -> bool:
    desk.says(LI, "想找人陪奶奶读报", kind="wish", category="elder_care")
    number = desk.numbers()[-1]
    desk.says(who, f"接{number}", Act.CLAIM, room=VOLUNTEERS, number=number)
    return desk.state(number) == "accepted"


def test_staff_are_asked_and_say_yes(desk: Desk) -> None:
    assert not can_claim(desk)
    asked = reports_in(desk)
    assert asked.told == [("join_asked", VOLUNTEERS), ("join_card", STAFF)]
    assert asked.heard[1].text == "热心小唐要报到做志愿者。回复这条“同意”或“不同意”就行。"
    yes = answers(desk, WU, card_of(desk, asked))
    assert yes.told == [("join_allowed", STAFF), ("join_welcome", VOLUNTEERS)]
    assert yes.heard[1].reply_to == asked.id
    assert can_claim(desk)


def test_the_card_is_answered_by_name_or_about_the_message(desk: Desk) -> None:
    asked = reports_in(desk)
    assert answers(desk, WU, None, whom="老李").told == []
    assert answers(desk, WU, None).told == []  # talk among staff
    assert answers(desk, WU, None, whom="热心小唐").answers == ["join_allowed"]
    other = reports_in(desk, Speaker("r-two", "小二"))
    assert asked.id != other.id
    about = desk.says(WU, "同意", Act.MANAGE, room=STAFF, about=other.id, manage="admit", allow=True, whom="")
    assert about.answers == ["join_allowed"]


def test_two_of_one_name_are_told_apart_by_a_reply_only(desk: Desk) -> None:
    reports_in(desk)
    reports_in(desk, Speaker("r-tang2", TANG.name))
    assert answers(desk, WU, None, whom=TANG.name).told == []


def test_nobody_but_staff_of_the_community_says_yes(desk: Desk) -> None:
    card = card_of(desk, reports_in(desk))
    for who in (ZHANG, CHEN, TANG, LI):
        assert answers(desk, who, card).answers in ([], ["manage_by_staff"])
        assert answers(desk, who, None, whom=TANG.name).answers == []
    assert not can_claim(desk)


def test_no_is_said_to_nobody_else(desk: Desk) -> None:
    no = answers(desk, WU, card_of(desk, reports_in(desk)), allow=False)
    assert no.told == [("join_refused", STAFF), ("join_sorry", "@r-tang")]
    assert not can_claim(desk)
    assert reports_in(desk).told == []  # a no stands for a day
    assert reports_in(desk, mentioned=True).answers == ["join_asked"]
    desk.wait(hours=24)
    assert reports_in(desk).told == [("join_asked", VOLUNTEERS), ("join_card", STAFF)]
    assert answers(desk, WU, card_of(desk, no)).answers == ["join_allowed"]
    assert can_claim(desk)


def test_asked_and_answered_twice(desk: Desk) -> None:
    first = reports_in(desk)
    assert reports_in(desk).told == []
    card = card_of(desk, first)
    assert answers(desk, WU, card).answers == ["join_allowed"]
    assert answers(desk, WU, card).answers == ["join_settled"]
    assert answers(desk, WU, card, allow=False).answers == ["join_settled"]
    assert reports_in(desk).told == []  # one already
    assert reports_in(desk, mentioned=True).answers == ["join_already"]
    assert can_claim(desk)


def test_whom_the_register_names_is_asked_to_be_put_there(desk: Desk) -> None:
    assert reports_in(desk, HAO).told == [("join_in_file", VOLUNTEERS)]
    assert reports_in(desk, CHEN).told == []


def test_elsewhere_it_is_no_reporting_in(desk: Desk) -> None:
    for room in (THREE, EVERYBODY, None):
        said = reports_in(desk, room=room, mentioned=room is not None)
        assert said.answers == ["join_where"]


# --- the file


def test_he_survives_the_file_until_it_names_him(desk: Desk, tmp_path: Path) -> None:
    answers(desk, WU, card_of(desk, reports_in(desk)))
    assert can_claim(desk)
    for _ in range(2):
        changes = imports(desk.engine, tmp_path, REGISTER)
        assert not any(count for counts in changes.values() for count in counts.values())
    assert can_claim(desk)
    with transaction(desk.engine) as session:
        (found,) = added(session)
    (member,) = found["members"]
    assert member["name"] == "热心小唐"
    assert member["roles"] == ["volunteer"]
    assert member["identities"] == [{"channel": "console", "user": "r-tang"}]

    named = "  - {id: tang, name: 唐宁, role: volunteer, identities: [{channel: console, user: r-tang}]}\ngrids:"
    imports(desk.engine, tmp_path, REGISTER.replace("grids:", named, 1))
    assert desk.assignee(1) == "tang"  # what he has in hand stays in his hands
    assert desk.says(TANG, "1办结", Act.FINISH, room=VOLUNTEERS, number=1).answers == ["finish_thanks"]
    with transaction(desk.engine) as session:
        assert added(session) == []

    imports(desk.engine, tmp_path, REGISTER)  # the file's now, and it has left him out
    assert not can_claim(desk)
    assert reports_in(desk).answers == ["join_asked"]
    assert answers(desk, WU, card_of(desk, reports_in(desk))).answers == ["join_allowed"]
    assert can_claim(desk)


def test_the_file_may_take_him_with_the_id_that_is_listed(desk: Desk, tmp_path: Path) -> None:
    answers(desk, WU, card_of(desk, reports_in(desk)))
    with transaction(desk.engine) as session:
        code = added(session)[0]["members"][0]["id"]
    named = (
        f'  - {{id: "{code}", name: 唐宁, role: resident, identities: [{{channel: console, user: r-tang}}]}}\ngrids:'
    )
    imports(desk.engine, tmp_path, REGISTER.replace("grids:", named, 1))
    assert not can_claim(desk)  # the file says resident


def test_a_file_that_names_somebody_meanwhile_wins_over_a_late_yes(desk: Desk, tmp_path: Path) -> None:
    card = card_of(desk, reports_in(desk))
    named = "  - {id: tang, name: 唐宁, role: resident, identities: [{channel: console, user: r-tang}]}\ngrids:"
    imports(desk.engine, tmp_path, REGISTER.replace("grids:", named, 1))
    assert answers(desk, WU, card).told == [("join_by_file", STAFF)]
    assert not can_claim(desk)
