"""Where a message goes: the table of reasons, row by row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.routing.grammar import read_command
from bot.routing.route import LEAVE, Route, Situation, Way, decide
from desk.domain.words import Act, Listening, Role

NOWHERE = dict.fromkeys(("estate", "building", "unit", "floor", "room", "landmark"))
STAFF, OFFICER = frozenset({Role.STAFF}), frozenset({Role.OFFICER})


def situation(text: str = "随便说一句", act: str = "chitchat", sure: float = 0.9, **more: Any) -> Situation:
    """A message of a room that is listened to, from a resident, with nothing special about it."""
    reading = {"act": act, "confidence": sure, "place": {**NOWHERE, **more.pop("place", {})}, **more.pop("reading", {})}
    usual: dict[str, Any] = {
        "command": read_command(text), "read": True, "addressed": False, "listening": Listening.ALL, "has_target": False,
        "number_exists": False, "asked_place": False, "roles": frozenset(), "speak_from": 0.5,
    }  # fmt: skip
    if usual["command"] is not None and usual["command"].number is not None:
        usual["command_number_exists"] = more.get("number_exists", False)
    return Situation(text=text, reading=reading, **{**usual, **more})


def way(*args: Any, **more: Any) -> tuple[str, str]:
    route = decide(situation(*args, **more))
    return route.way.value, route.act.value


# --- nothing to hear


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_no_words_no_answer(text: str) -> None:
    assert decide(situation(text, "report")) == LEAVE


def test_a_photo_under_a_ticket_adds_to_it() -> None:
    assert way("", attachments=("photo",), has_target=True) == ("do", "supplement")
    assert decide(situation("", attachments=("photo",))) == LEAVE


def test_a_photo_alone_is_asked_about_if_it_was_for_us() -> None:
    assert decide(situation("", attachments=("photo",), addressed=True)) == Route(Way.SAY, template="photo_unclear")
    assert decide(situation("", addressed=True)) == LEAVE


@pytest.mark.parametrize("word", ["安静", "可以说话了", "只听@我", "全听"])
def test_staff_set_a_room_without_calling_us_and_residents_do_not(word: str) -> None:
    said = situation(word, "chitchat", command=read_command(word))
    assert decide(said) == LEAVE
    assert decide(replace(said, roles=frozenset({Role.OFFICER}))) == LEAVE
    assert decide(replace(said, roles=frozenset({Role.STAFF}))).act is Act.MANAGE
    assert decide(replace(said, addressed=True)).act is Act.MANAGE


def test_a_voice_cannot_be_heard_and_only_who_spoke_to_us_is_told() -> None:
    said = decide(situation("", attachments=("voice",), addressed=True))
    assert said == Route(Way.SAY, template="voice_unheard")
    assert decide(situation("", attachments=("voice",))) == LEAVE
    assert way("", attachments=("voice",), has_target=True) == ("do", "supplement")


def test_a_room_that_wants_to_be_addressed() -> None:
    quiet = {"listening": Listening.ADDRESSED}
    assert decide(situation("三号楼电梯坏了", "report", **quiet)) == LEAVE
    assert way("三号楼电梯坏了", "report", addressed=True, **quiet) == ("talk", "report")
    assert way("接231", number_exists=True, **quiet) == ("do", "claim")
    assert way("满意", has_target=True, **quiet) == ("do", "rate")
    assert decide(situation("我家也是", "second", **quiet)) == LEAVE


# --- exact commands


@pytest.mark.parametrize(
    ("text", "act"),
    [("接231", "claim"), ("退231", "release"), ("231办结", "finish"), ("231满意", "rate"), ("撤销231", "withdraw"), ("催231", "urge"),
     ("附议231", "second"), ("231到哪了", "query"), ("231派给孙玉芬", "assign"), ("231吹哨物业", "escalate"), ("231这是投诉", "correct")],
)  # fmt: skip
@pytest.mark.parametrize("read", [True, False], ids=["with Rasa", "without Rasa"])
def test_a_number_of_a_ticket_is_done_at_once(text: str, act: str, read: bool) -> None:
    assert way(text, number_exists=True, read=read) == ("do", act)


def test_a_number_of_no_ticket_is_talk() -> None:
    assert decide(situation("接231")) == LEAVE
    assert way("接231", "report") == ("talk", "report")


@pytest.mark.parametrize("text", ["我来", "满意", "办结", "撤销", "退单", "催一下", "我家也是", "到哪了"])
def test_a_bare_verb_by_reply(text: str) -> None:
    command = read_command(text)
    assert command is not None
    assert way(text, has_target=True) == ("do", command.act.value)


@pytest.mark.parametrize("text", ["我来", "满意", "办结", "撤销", "退单", "不用了", "好了"])
def test_a_bare_verb_to_nobody_is_for_the_neighbours(text: str) -> None:
    assert decide(situation(text)) == LEAVE


@pytest.mark.parametrize("text", ["我来", "满意", "办结", "撤销", "退单"])
def test_a_bare_verb_to_us_is_done(text: str) -> None:
    command = read_command(text)
    assert command is not None
    assert way(text, addressed=True) == ("do", command.act.value)


@pytest.mark.parametrize(("text", "act"), [("我家也是", "second"), ("+1", "second"), ("怎么还没来", "urge")])
def test_what_may_mean_the_newest_ticket_is_done_without_a_reply(text: str, act: str) -> None:
    assert way(text) == ("do", act)


@pytest.mark.parametrize("text", ["转弯处路灯坏了", "派出所电话多少", "转让一台洗衣机", "上报纸了"])
def test_what_names_somebody_is_a_command_from_those_who_steer_only(text: str) -> None:
    assert read_command(text) is not None  # only the words decide there, and these could be a name
    for more in ({}, {"has_target": True}, {"addressed": True}):
        assert way(text, "report", **more) == ("talk", "report")
    assert way("转物业", has_target=True, roles=STAFF) == ("do", "assign")
    assert way("转弯处路灯坏了", "report", roles=STAFF) == ("talk", "report")


def test_lists_are_for_staff_for_who_speaks_to_us_and_for_ones_own() -> None:
    assert decide(situation("未办结")) == LEAVE
    assert way("未办结", roles=STAFF) == way("超时", roles=OFFICER) == ("do", "query")
    assert way("统计", addressed=True) == way("我的单") == ("do", "query")


@pytest.mark.parametrize(("text", "act"), [("帮助", "help"), ("绑定 3-2-501", "manage"), ("安静", "manage")])
def test_help_and_settings_only_when_spoken_to(text: str, act: str) -> None:
    assert decide(situation(text)) == LEAVE
    assert way(text, addressed=True) == ("do", act)


# --- an open question


def test_the_senders_next_place_is_the_answer() -> None:
    three = {"place": {"building": "3"}}
    assert way("3号楼", "chitchat", asked_place=True, **three) == ("place", "supplement")
    assert way("3号楼的", "report", 0.99, asked_place=True, **three) == ("place", "supplement")
    assert way("在3号楼", "report", 0.2, asked_place=True, **three) == ("place", "supplement")
    assert way("3号楼", "chitchat", asked_place=True, read=False, **three) == ("place", "supplement")


def test_another_matter_with_its_own_place_is_no_answer() -> None:
    assert way("5号楼的楼道里堆满了垃圾没人管", "report", asked_place=True, place={"building": "5"}) == (
        "talk",
        "report",
    )
    assert way("还没人来看吗", "report", asked_place=True) == ("talk", "report")
    assert decide(situation("好的", asked_place=True)) == LEAVE


# --- talk


@pytest.mark.parametrize(
    ("sure", "addressed", "expected"),
    [(0.5, False, "talk"), (0.49, False, "leave"), (0.49, True, "talk"), (0.0, False, "leave"), (1.0, False, "talk")],
)
def test_a_report_is_heard_when_it_is_sure_enough(sure: float, addressed: bool, expected: str) -> None:
    assert way("三号楼电梯坏了", "report", sure, addressed=addressed)[0] == expected


def test_the_threshold_is_the_rooms() -> None:
    assert way("三号楼电梯坏了", "report", 0.8, speak_from=0.9)[0] == "leave"
    assert way("三号楼电梯坏了", "report", 0.3, speak_from=0.2)[0] == "talk"


def test_without_rasa_talk_waits() -> None:
    assert decide(situation("三号楼电梯坏了", "report", read=False)) == Route(Way.LATER)


@pytest.mark.parametrize("act", ["claim", "release", "finish", "rate", "withdraw", "assign", "escalate", "correct"])
def test_an_act_needs_a_ticket_or_our_ear(act: str) -> None:
    text = "这个就由我来弄一下吧各位"
    assert decide(situation(text, act)) == LEAVE
    assert way(text, act, has_target=True) == way(text, act, number_exists=True) == ("talk", act)
    assert way(text, act, addressed=True) == ("talk", act)
    assert decide(situation(text, act, 0.4, has_target=True)) == LEAVE


@pytest.mark.parametrize("act", ["second", "supplement", "urge"])
def test_an_act_that_may_mean_the_newest_ticket_must_be_surer(act: str) -> None:
    text = "我们这边的情况也差不多呢"
    assert way(text, act, 0.7) == ("talk", act)
    assert decide(situation(text, act, 0.69)) == LEAVE
    assert way(text, act, 0.5, has_target=True) == ("talk", act)


def test_a_question_about_lists_and_about_us() -> None:
    assert way("今天还有几单没弄呢", "query", reading={"listing": "open"}) == ("talk", "query")
    assert decide(situation("今天几点停水来着", "query")) == LEAVE
    assert way("邻里你都会干什么呀", "help") == ("talk", "help")
    assert decide(situation("谁会修水管帮帮忙", "help")) == LEAVE
    assert way("这个怎么弄呢请问", "help", addressed=True) == ("talk", "help")


@pytest.mark.parametrize("act", ["chitchat", "advert", "manage"])
def test_chatter_is_left_alone(act: str) -> None:
    assert decide(situation("今天天气真好啊大家出来晒太阳", act)) == LEAVE
    assert decide(situation("今天天气真好啊大家出来晒太阳", act, has_target=True)) == LEAVE


def test_who_speaks_to_us_gets_a_word_but_not_for_thanks() -> None:
    assert way("今天天气真好啊大家出来晒太阳", addressed=True) == ("talk", "chitchat")
    assert decide(situation("谢谢你啊", addressed=True)) == LEAVE
    assert decide(situation("全场五折快来抢购", "advert", addressed=True)) == LEAVE
    assert decide(situation("今天天气真好啊大家", addressed=True, has_target=True)) == LEAVE
