"""The traffic of our Bot API server, both ways, judged by the types that another library publishes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers_e2e import HERE
from peers.telegram.driver import Town, wait_until
from telegram_tools import Kept, channel_of, good, listening, out, town

from bot.channels.contract import Button, File, Moved

PEER = HERE / "peers" / "telegram"
INSTALL_SECONDS = 180


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with aiogram, as pinned by its hashes."""
    found = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        _without("there is no uv")
    folder = tmp_path_factory.mktemp("aiogram") / "venv"
    python = folder / "bin" / "python"
    wanted = PEER / "requirements-aiogram.txt"
    for arguments in (
        ["venv", "--python", sys.executable, str(folder)],
        ["pip", "install", "--python", str(python), "--require-hashes", "-r", str(wanted)],
    ):
        try:
            done = subprocess.run([str(found), *arguments], capture_output=True, text=True, timeout=INSTALL_SECONDS)
        except subprocess.TimeoutExpired:
            _without("the network is too slow")
        if done.returncode:
            _without(done.stderr[-500:])
    return python


def _without(reason: str) -> None:
    message = f"no aiogram to judge by: {reason}"
    pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)


def everything(here: Town) -> None:
    """Every kind of message, update and call that the channel and the server know."""
    world, li = here.world, here.person("李姐", last_name="三号楼", username="li_jie")
    room, forum, basic = world.group("幸福里"), world.group("论坛", forum=True), world.group("旧群", supergroup=False)
    topic = world.topic(forum, "报修", li.json)
    kept = Kept()
    with listening(here, kept) as channel:
        good(channel)
        asked = li.says(room, "@linli_test_bot 三号楼😀电梯坏了 /help")
        li.says(forum, "灯坏了", topic=topic)
        li.says(room, "我家也是", reply_to=asked)
        li.sends_photo(room, b"\xff\xd8", "请看", media_group_id="12")
        li.sends(room, voice={"file_id": "v", "file_unique_id": "u", "duration": 3})
        li.sends(room, location={"latitude": 31.2, "longitude": 121.5})
        li.edits(asked, "五号楼")
        li.starts()
        _bot_joins(here, room, li.json)
        card = channel.send(out(room.id, reply_to=str(asked["message_id"]), buttons=(Button("接单", "接单"),)))
        li.presses(room.messages[int(card.message or 0)], "接单")
        channel.send(out(forum.id, topic=str(topic)))
        channel.send(out(room.id, text="请看", files=(File("photo", "a.jpg", b"x"), File("file", "b.pdf", b"y"))))
        channel.send(out(to=li.id))
        channel.fetch(world.keep_file("a.jpg", b"x"))
        world.migrate(basic)
        with pytest.raises(Moved):
            channel.send(out(basic.id))
        wait_until(here.has_drained)
        wait_until(lambda: bool(world.answered) and bool(world.menu))
    hook = channel_of(here, mode="webhook", webhook_url="http://127.0.0.1:9/x", webhook_port=1024 + os.getpid() % 50000)
    hook.start(kept)
    wait_until(lambda: bool(world.webhook["url"]))
    hook.stop()


def _bot_joins(here: Town, room: Any, by: Any) -> None:
    member = {"user": here.world.bot, "status": "left"}
    change = {"chat": room.as_json(), "from": by, "date": 1795309200, "old_chat_member": member}
    here.world.publish(my_chat_member={**change, "new_chat_member": {**member, "status": "member"}})


@pytest.fixture(scope="module")
def traffic() -> Iterator[list[Any]]:
    with town() as here:
        everything(here)
        yield list(here.api.traffic)


def judged(judge: Path, lines: list[Any], path: Path) -> subprocess.CompletedProcess[str]:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return subprocess.run([str(judge), str(PEER / "check_types.py"), str(path)], capture_output=True, text=True)


@pytest.mark.slow
def test_our_traffic_is_that_of_the_bot_api(judge: Path, traffic: list[Any], tmp_path: Path) -> None:
    done = judged(judge, traffic, tmp_path / "traffic.jsonl")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {line.get("request") for line in traffic} >= {
        "getMe", "getUpdates", "sendMessage", "sendPhoto", "sendDocument", "answerCallbackQuery", "setMyCommands", "getFile",
        "getWebhookInfo", "setWebhook",
    }  # fmt: skip
    kinds = {kind for line in traffic if "update" in line for kind in line["update"] if kind != "update_id"}
    assert kinds == {"message", "edited_message", "callback_query", "my_chat_member"}


@pytest.mark.slow
def test_the_judge_can_say_no(judge: Path, tmp_path: Path) -> None:
    wrong = [
        {"update": {"update_id": 1, "message": {"message_id": "x"}}},
        {"update": {"update_id": 1, "massage": {}}},
        {"request": "sendMessage", "given": {"chat_id": 1, "text": "x", "reply_too": 3}},
        {"result": "getMe", "is": {"id": 1}},
    ]
    done = judged(judge, wrong, tmp_path / "traffic.jsonl")
    assert done.returncode == 1
    assert "4 looked at, 4 do not fit" in done.stdout
