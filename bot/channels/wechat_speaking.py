"""Speaks in WeChat. A bot cannot quote there: an answer in a room begins with @ and the name of who is meant."""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

from bot.channels.contract import AccountLost, Gone, Outgoing, Permanent, Receipt, Transient, Uncertain
from bot.channels.wechat_client import Client, file_to_send
from bot.channels.wechat_errors import Away, ClientError, Refused, TokenRefused, Unanswered
from bot.channels.wechat_hearing import Hearing
from bot.channels.wechat_link import LOGGED_OUT, REFUSED, SCAN, Link
from nlu.location import read_place

log = logging.getLogger(__name__)

LONGEST = 4_000
"""Characters; WeChat takes some 16 KB."""

AWAY_SECONDS = 5.0
LOST_SECONDS = 60.0

MOST_REFUSALS = 8
"""After an hour and a half of no, it is no for good."""

FIRST_REFUSAL, LONGEST_REFUSAL = 30.0, 1800.0
"""Seconds; who asks WeChat the same thing every minute is soon limited."""

MOST_KEPT = 1_000
LONGEST_NAME = 32


class Speaking:
    """Delivers with the connection there is. What of a message has arrived is remembered: no part comes twice."""

    def __init__(self, link: Link, hearing: Hearing) -> None:
        self._link = link
        self._hearing = hearing
        self._arrived: OrderedDict[Hashable, list[str | None]] = OrderedDict()
        self._refusals: OrderedDict[Hashable, int] = OrderedDict()

    async def send(self, message: Outgoing) -> Receipt:
        """Delivers a text, then its files.

        Raises:
            ChannelError: by meaning.
        """
        if len(message.text) > LONGEST or not (message.text.strip() or message.files):
            raise Permanent
        client = self._client()
        if message.room in self._hearing.gone:
            raise Gone
        name = (message.at, message.room, message.to, message.template, message.text)
        arrived = self._arrived.setdefault(name, [])
        try:
            await self._say(client, message, arrived)
        except Refused as error:
            raise await self._meaning(client, message, name, error) from error
        except ClientError as error:
            raise _meaning(error) from error
        finally:
            _trim(self._arrived)
        self._arrived.pop(name, None)
        self._refusals.pop(name, None)
        return Receipt(next((given for given in arrived if given), None))

    def _client(self) -> Client:
        client, trouble = self._link.client, self._link.health().trouble
        if trouble in (LOGGED_OUT, SCAN, REFUSED):
            raise AccountLost(LOST_SECONDS)
        if client is None or self._link.me is None:
            raise Transient(AWAY_SECONDS, everywhere=True)
        return client

    async def _say(self, client: Client, message: Outgoing, arrived: list[str | None]) -> None:
        parts = [message.text] if message.text.strip() else []
        parts += [file_to_send(file.name, file.content) for file in message.files]
        for number in range(len(arrived), len(parts)):
            if message.room is not None:
                mention = await self._mention(client, message) if number == 0 and message.text.strip() else None
                arrived.append(await client.say_in_room(message.room, parts[number], mention))
            else:
                arrived.append(await client.say_to(message.to or "", parts[number]))

    async def _mention(self, client: Client, message: Outgoing) -> tuple[str, str] | None:
        if message.room is None or message.reply_to is None:
            return None
        try:
            who = await self._hearing.said_by(client, message.room, message.reply_to)
        except ClientError:
            return None  # nothing is said yet: better without a name than not at all
        shown = shown_name(who[1]) if who is not None else ""
        return (who[0], shown) if who is not None and shown else None

    async def _meaning(
        self, client: Client, message: Outgoing, name: Hashable, error: Refused
    ) -> Gone | Permanent | Transient:
        """Why it was refused: is the room still ours, the person still a friend?"""
        try:
            if not await self._is_reachable(client, message):
                return Gone()
        except Refused:
            return Gone()  # the gateway knows no such room or person
        except ClientError as other:
            return Transient(AWAY_SECONDS, everywhere=isinstance(other, Away))
        refusals = self._refusals[name] = self._refusals.get(name, 0) + 1
        _trim(self._refusals)
        log.warning("refused for the %s. time: %s", refusals, error.status)
        if refusals >= MOST_REFUSALS:
            return Permanent()
        return Transient(min(FIRST_REFUSAL * 2 ** (refusals - 1), LONGEST_REFUSAL))

    async def _is_reachable(self, client: Client, message: Outgoing) -> bool:
        if message.room is None:
            return await client.is_friend(message.to or "")
        _, members = await client.room(message.room)
        return not members or self._link.me in members


def _meaning(error: ClientError) -> Transient | Uncertain:
    if isinstance(error, TokenRefused):
        return AccountLost(LOST_SECONDS)
    return Uncertain() if isinstance(error, Unanswered) else Transient(AWAY_SECONDS, everywhere=True)


def shown_name(name: str) -> str:
    """The name behind the @: never a door or a phone number, which many have in their name (3-2-501 李姐 → 李姐)."""
    shown = name
    for _, start, end in sorted(read_place(name).spans, key=lambda span: span[1], reverse=True):
        shown = f"{shown[:start]} {shown[end:]}"
    shown = re.sub("[:：@＠]", " ", shown)  # a quote of ours must be taken apart at our own colon
    words = [word for word in shown.split() if not any(character.isdigit() for character in word)]
    return " ".join(words).strip(" -")[:LONGEST_NAME]


def _trim(kept: OrderedDict[Hashable, Any]) -> None:
    while len(kept) > MOST_KEPT:
        kept.popitem(last=False)
