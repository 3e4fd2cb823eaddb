"""A group on Telegram from the first report to the rating: real protocol, real gateway, real Rasa."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers_e2e import rows_of, wipe
from peers.telegram.driver import wait_until
from sqlalchemy.engine import Engine
from telegram_tools import Estate, town

from bot.dialogue.contract import Dialogue


@pytest.fixture
def desk(in_process: tuple[Engine, Dialogue]) -> tuple[Engine, Dialogue]:
    """An empty desk, and Rasa that works on it."""
    from actions.base import DeskAction

    engine, dialogue = in_process
    DeskAction.engine = engine
    wipe(engine)
    return engine, dialogue


@pytest.mark.slow
def test_from_the_first_report_to_the_rating(desk: tuple[Engine, Dialogue], tmp_path: Path) -> None:
    engine, dialogue = desk
    with town() as here:
        estate = Estate(here, engine, tmp_path)
        li, zhao, zhang, room = estate.li, estate.zhao, estate.zhang, estate.room
        zhang.starts()
        with estate.open(dialogue):
            zhao.says(room, "早上好，今天真冷")
            asked = li.says(room, "三号楼二单元的电梯又坏了，按了半天没反应，麻烦找人来修一下")
            receipt = here.wait_said(room, "1号单记下了")
            assert receipt["reply_to_message"]["message_id"] == asked["message_id"]
            assert "张伟" in receipt["text"]
            card = here.wait_said(zhang, "回“接单”开始")
            assert "3-2-501" in card["text"] or "李姐" in card["text"]
            zhao.says(room, "我家也是", reply_to=asked)
            zhao.says(room, "/status 1")
            zhang.presses(card, "接单")
            here.wait_said(zhang, "1号单您接下了")
            zhang.presses(card, "办结")
            question = here.wait_said(room, "您看看满意吗")
            assert question["reply_to_message"]["message_id"] == asked["message_id"]
            zhao.presses(question, "不满意")
            li.presses(question, "满意")
            here.wait_said(room, "1号单销号了")
            estate.settled()
        ticket = estate.ticket()
        assert (ticket["state"], ticket["rating"], ticket["category"]) == ("closed", 5, "elevator")
        assert ticket["source"] == {"channel": "telegram", "room": str(room.id), "message": str(asked["message_id"])}
        assert [person["user"] for person in ticket["supporters"]] == [zhao.id]
        kinds = [event["kind"] for event in ticket["events"]]
        assert [kind for kind in kinds if kind != "seconded"] == [
            "filed", "assigned", "accepted", "resolved", "rated", "closed"
        ]  # fmt: skip
        assert not any("冷" in said["text"] for said in here.said(room)), "chatter was answered"
        wait_until(lambda: all(row["state"].value == "done" for row in rows_of(engine, "inbox")))
