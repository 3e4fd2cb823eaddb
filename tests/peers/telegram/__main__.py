"""A Telegram to try the bot against: prints where it is, then takes what people say from stdin.

    python -m tests.peers.telegram [--port 8081]

    李姐: 三号楼电梯又坏了          said in the group
    张伟 > /start                  said to the bot in private
    张伟 ! 接单                    presses a button of the bot's last message to him (or in the group)
    quit

What the bot says is printed as it comes, and what pops up for somebody alone. Whoever is named for the first time is made; ids for the register are printed.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time

from .driver import Somebody, Town
from .server import BotApi
from .world import Chat

NAMES = ("李姐", "张伟")
LOOK_SECONDS = 0.1


class Stage:
    """One group, and people as they are named."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.room = town.world.group("幸福里一号群")
        self.people: dict[str, Somebody] = {}
        self.presses: dict[str, str] = {}

    def person(self, name: str) -> Somebody:
        if name not in self.people:
            self.people[name] = self.town.person(name)
            print(f"# {name}: user {self.people[name].id}", flush=True)
        return self.people[name]

    def chats(self) -> list[tuple[str, Chat]]:
        return [("群", self.room), *((name, who.private) for name, who in self.people.items())]

    def do(self, line: str) -> None:
        for sign in (":", "：", ">", "!"):
            name, found, text = line.partition(sign)
            if found and name.strip() and text.strip():
                return self._act(self.person(name.strip()), sign, text.strip())
        print("# 名字: 群里说 | 名字 > 私聊 | 名字 ! 按钮 | quit", flush=True)
        return None

    def _act(self, who: Somebody, sign: str, text: str) -> None:
        if sign == ">":
            who.says(who.private, text)
        elif sign != "!":
            who.says(self.room, text)
        else:
            cards = [m for m in self.town.said(self.room) + self.town.said(who) if _has_button(m, text)]
            if cards:
                self.presses[who.presses(max(cards, key=lambda card: card["date"]), text)] = who.json["first_name"]
            else:
                print("# 没有这个按钮", flush=True)


def _has_button(message: dict, label: str) -> bool:  # type: ignore[type-arg]
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return any(button["text"] == label for row in rows for button in row)


def _show(stage: Stage) -> None:
    """Prints what the bot says, for ever."""
    shown: set[tuple[int, int]] = set()
    while True:
        for name, chat in stage.chats():
            for message in stage.town.said(chat):
                if (chat.id, message["message_id"]) not in shown:
                    shown.add((chat.id, message["message_id"]))
                    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
                    buttons = "".join(f" [{button['text']}]" for row in rows for button in row)
                    print(f"[{name}] 邻里：{message.get('text', message.get('caption', ''))}{buttons}", flush=True)
        for press in [press for press in stage.presses if press in stage.town.world.answered]:
            name, popup = stage.presses.pop(press), stage.town.world.popups.get(press)
            if popup is not None:
                print(f"[{name}，弹窗] 邻里：{popup}", flush=True)
        time.sleep(LOOK_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    with BotApi(port=parser.parse_args().port) as api:
        stage = Stage(Town(api))
        print(f"LINLI_TELEGRAM_BASE_URL={api.base_url}\nLINLI_TELEGRAM_TOKEN={api.world.token}", flush=True)
        print(f"# {stage.room.title}: room {stage.room.id}", flush=True)
        for name in NAMES:
            stage.person(name)
        threading.Thread(target=_show, args=(stage,), daemon=True).start()
        for line in sys.stdin:
            if line.strip() == "quit":
                break
            if line.strip():
                stage.do(line)


if __name__ == "__main__":
    main()
