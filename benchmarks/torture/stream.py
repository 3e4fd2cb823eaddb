"""What is said: requests, each at a place of its own so that no two are one, and chatter between them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from benchmarks import material

REQUESTS = 0.08
"""Share of requests."""

ROOM_FOR = 50
"""Messages for which there is a room; a room bears so many answers an hour."""

BUILDINGS, UNITS, GRIDS = 64, 6, 8
SENDERS = 300
"""Who chats; so many that nobody says two things within a minute, which might be parts of one."""

LONG = 1_500
"""Characters; three bytes each."""

MATTERS = (
    "的电梯又坏了，麻烦找人来修一下",
    "的楼道灯不亮了，晚上看不见路，请来修一下",
    "的门禁坏了，怎么刷都打不开，请派人来看看",
    "的下水道堵了，污水都漫到楼道里了，请尽快处理",
    "楼下的垃圾好几天没人清了，臭得不行，麻烦安排人清一下",
    "门口有人乱停车，把消防通道堵死了，请管一管",
)
"""What is reported; a place goes before it."""


@dataclass(frozen=True)
class Item:
    """One message: in which room (a number), who says it (a number), and whether it wants something."""

    number: int
    room: int
    sender: int
    text: str
    request: bool


def items(chance: random.Random, messages: int, known: list[str] | None = None) -> list[Item]:
    """So many messages, the requests among them where chance put them; `known` is the chatter there is."""
    rooms = rooms_for(messages)
    wanted = round(messages * REQUESTS)
    chatter = iter(material.some(chance, known or material.sentences("chitchat"), messages - wanted))
    kinds = [True] * wanted + [False] * (messages - wanted)
    chance.shuffle(kinds)
    made, asked = [], 0
    for number, request in enumerate(kinds):
        room = chance.randrange(rooms)
        sender = SENDERS + asked if request else number % SENDERS
        made.append(Item(number, room, sender, request_at(asked) if request else next(chatter), request))
        asked += request
    return made


def at_length(text: str) -> str:
    """The same as somebody forwards it: longer than a page of SQLite, so that a full disk is felt at once."""
    return (f"{text}，" * LONG)[:LONG]


def rooms_for(messages: int) -> int:
    """How many rooms so many messages are said in."""
    return max(6, messages // ROOM_FOR)


def request_at(number: int) -> str:
    """The words of a request; the place differs from that of every other, as long as there are places."""
    building, unit = number % BUILDINGS + 1, number // BUILDINGS % UNITS + 1
    return f"{building}号楼{unit}单元{MATTERS[number % len(MATTERS)]}"


def register(channel: str, residents: list[str], staff: str, officers: list[str]) -> dict[str, Any]:
    """The community of a run: as many grids as officers, every room anybody's."""
    code, share = "220103009003", BUILDINGS // len(officers)
    return {
        "community": {"code": code, "name": "torture", "timezone": "Asia/Shanghai"},
        "members": [
            {"id": f"o{n}", "name": f"officer{n}", "role": "officer",
             "identities": [{"channel": channel, "user": user}]}
            for n, user in enumerate(officers)
        ],
        "grids": [
            {
                "code": f"{code}-{n}", "name": f"grid{n}", "officer": f"o{n}",
                "covers": [{"estate": "杏花苑", "buildings": f"{n * share + 1}-{(n + 1) * share}"}],
            }
            for n in range(len(officers))
        ],
        "rooms": [
            *({"channel": channel, "id": room, "purpose": "residents"} for room in residents),
            {"channel": channel, "id": staff, "purpose": "staff"},
        ],
    }  # fmt: skip
