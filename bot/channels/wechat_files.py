"""The content of a file as a gateway describes it: inside the answer, at an address, or kept for a Download."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from bot.channels.wechat_errors import LARGEST, Refused, TooLarge

IN_BASE64, AT_URL, IN_STORE = 1, 2, 7
"""Where a file is (`boxType` of a file box); wechaty 0.10 does not know the last."""

INLINE = 512 * 1024
"""Bytes of a file that is sent inside a call; a gateway takes 4 MB in one, base64 included."""

_BROKEN = "FILE"


def box_of(text: str) -> dict[str, Any]:
    """A file box, or any object that a gateway says; empty when it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def box_for(name: str, content: bytes, stored: str | None) -> str:
    """A file box for a gateway: `stored` names what was uploaded, None sends it along.

    Gateways of 0.x read `boxType`, those of 1.x `type`.
    """
    if stored is not None:
        where: dict[str, Any] = {"boxType": IN_STORE, "type": IN_STORE, "uuid": stored}
    else:
        where = {"boxType": IN_BASE64, "type": IN_BASE64, "base64": base64.b64encode(content).decode()}
    return json.dumps({"name": name, "metadata": {}, **where})


async def content_of(box: dict[str, Any], download: Callable[[str], Awaitable[bytes]]) -> bytes:
    """The bytes of a file box.

    Raises:
        TooLarge: more than `LARGEST`.
        Refused: it is not there, or of a kind that cannot be had.
    """
    kind = box.get("boxType", box.get("type"))
    if kind == IN_STORE:
        return await download(str(box.get("uuid")))
    if kind == IN_BASE64:
        return _decoded(str(box.get("base64") or ""))
    if kind == AT_URL:
        return await _fetched(str(box.get("url") or box.get("remoteUrl") or ""))
    raise Refused(_BROKEN)


def add(content: bytearray, part: bytes) -> None:
    """Another part of a file.

    Raises:
        TooLarge: that makes it more than `LARGEST`.
    """
    content += part
    if len(content) > LARGEST:
        raise TooLarge


def _decoded(text: str) -> bytes:
    if len(text) > LARGEST * 4 // 3 + 4:
        raise TooLarge
    try:
        return base64.b64decode(text)
    except ValueError as error:
        raise Refused(_BROKEN) from error


async def _fetched(url: str) -> bytes:
    content = bytearray()
    try:
        async with httpx.AsyncClient(follow_redirects=True) as http, http.stream("GET", url) as response:
            response.raise_for_status()
            async for part in response.aiter_bytes():
                add(content, part)
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise Refused(_BROKEN) from error
    return bytes(content)
