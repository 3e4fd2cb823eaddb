"""The only file that knows wechaty: one connection with a gateway, everything it says checked and timed.

What the library does by itself is replaced where it does harm: `start` sleeps a minute, prints errors and stops the
event loop; its event bridge drops a message id that it has seen, also when nobody could store it; what it says waits
for a second answer that may be lost; files of more than a few KB fail; a default `PuppetOptions` is shared by all.
"""

from __future__ import annotations

import asyncio
import atexit
import base64
import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

_CACHE = tempfile.mkdtemp(prefix="linli-wechaty-")
atexit.register(shutil.rmtree, _CACHE, ignore_errors=True)
os.environ["CACHE_DIR"] = _CACHE  # else wechaty makes .wechaty/ in the working directory when it is imported
os.environ["WECHATY_LOG"] = "error"  # at its default level it logs what people write
os.environ.pop("WECHATY_LOG_FILE", None)

import betterproto  # noqa: E402
from apscheduler.schedulers.asyncio import AsyncIOScheduler  # noqa: E402
from grpclib.client import Channel  # noqa: E402
from grpclib.config import Configuration  # noqa: E402
from grpclib.const import Cardinality, Status  # noqa: E402
from grpclib.exceptions import GRPCError, ProtocolError, StreamTerminatedError  # noqa: E402
from wechaty import Wechaty, WechatyOptions  # noqa: E402
from wechaty.user import Contact, ContactSelf, Message, Room  # noqa: E402
from wechaty_grpc.wechaty import PuppetStub  # noqa: E402
from wechaty_puppet import ContactPayload, EventType, FileBox, PuppetOptions  # noqa: E402
from wechaty_puppet_service import PuppetService  # noqa: E402
from wechaty_puppet_service.utils import extract_host_and_port  # noqa: E402

from bot.channels.wechat_errors import Away, Busy, ClientError, Refused, TokenRefused, Unanswered  # noqa: E402
from bot.channels.wechat_files import INLINE, add, box_for, box_of, content_of  # noqa: E402
from bot.channels.wechat_mapping import Payload  # noqa: E402

CHUNK = 256 * 1024
"""Bytes of a part of an upload."""

ORIGINAL = 3
"""The picture itself, not its preview (wechaty's ImageType.Artwork)."""

FILE_TIMES = 6
"""How many times as long as another call a file may take."""

_EVENTS = {int(kind): kind.name.removeprefix("EVENT_TYPE_").lower().replace("_", "-") for kind in EventType}

T = TypeVar("T")


@dataclass
class _DownloadRequest(betterproto.Message):
    id: str = betterproto.string_field(1)


@dataclass
class _Chunk(betterproto.Message):
    """A request of Upload and an answer of Download alike."""

    chunk: bytes = betterproto.bytes_field(1)


@dataclass
class _UploadResponse(betterproto.Message):
    id: str = betterproto.string_field(1)


@dataclass(frozen=True)
class Event:
    """What a gateway tells by itself; `facts` as it says them, empty when they cannot be read."""

    name: str
    facts: dict[str, Any]


@contextlib.contextmanager
def by_meaning() -> Iterator[None]:
    """Whatever the libraries raise becomes a `ClientError`."""
    try:
        yield
    except asyncio.TimeoutError as error:
        raise Unanswered from error
    except (
        StreamTerminatedError,
        ProtocolError,
        AssertionError,
    ) as error:  # betterproto asserts an answer
        raise Unanswered from error
    except GRPCError as error:
        raise _meaning(error) from error
    except OSError as error:
        raise Away from error


def _meaning(error: GRPCError) -> ClientError:
    meanings = {
        Status.UNAUTHENTICATED: TokenRefused,
        Status.PERMISSION_DENIED: TokenRefused,
        Status.ALREADY_EXISTS: Busy,
        Status.UNAVAILABLE: Away,
        Status.DEADLINE_EXCEEDED: Unanswered,
        Status.CANCELLED: Unanswered,
    }
    known = meanings.get(error.status)
    return known() if known is not None else Refused(error.status.name)


async def answered(call: Awaitable[T], limit: float) -> T:
    """The answer to a call, within `limit` seconds.

    Raises:
        ClientError: by meaning.
    """
    with by_meaning():
        return await asyncio.wait_for(call, limit)


class _Puppet(PuppetService):
    """The gateway's service without the blocking look at its port, and with Upload and Download."""

    def _init_puppet(self) -> None:
        host, port = extract_host_and_port(self.options.end_point)
        keepalive = Configuration(_keepalive_time=20, _keepalive_timeout=10, _keepalive_permit_without_calls=True)
        self.channel = Channel(host, port, config=keepalive)
        self.channel._authority = self.options.token
        self._puppet_stub = PuppetStub(self.channel)

    async def message_send_file(self, conversation_id: str, file: FileBox) -> str:
        """A file of any size: small ones inside the call, others through Upload."""
        content = base64.b64decode(file.base64)
        stored = await self._upload(content) if len(content) > INLINE else None
        box = box_for(file.name, content, stored)
        response = await self.puppet_stub.message_send_file(conversation_id=conversation_id, filebox=box)
        return str(response.id or "")

    async def _upload(self, content: bytes) -> str:
        upload = ("/wechaty.Puppet/Upload", Cardinality.STREAM_UNARY, _Chunk, _UploadResponse)
        async with self.channel.request(*upload) as stream:
            for start in range(0, len(content), CHUNK):
                await stream.send_message(_Chunk(chunk=content[start : start + CHUNK]))
            await stream.end()
            stored = await stream.recv_message()
            assert stored is not None
            return str(stored.id)

    async def download(self, stored: str) -> bytes:
        """A file that the gateway keeps for us."""
        content = bytearray()
        download = ("/wechaty.Puppet/Download", Cardinality.UNARY_STREAM, _DownloadRequest, _Chunk)
        async with self.channel.request(*download) as stream:
            await stream.send_message(_DownloadRequest(id=stored), end=True)
            async for part in stream:
                add(content, part.chunk)
        return bytes(content)


class Client(Wechaty):
    """One connection; made in the event loop that uses it, opened once and closed once."""

    def __init__(self, endpoint: str, token: str, limit: float) -> None:
        for pooled in (Contact, ContactSelf, Room):
            pooled._pool.clear()  # what is in the pools of the classes belongs to the connection before
        puppet = _Puppet(PuppetOptions(token=token, end_point=endpoint))
        puppet._init_puppet()
        # A scheduler that is never started keeps wechaty from opening an SQLite file; nothing listens on its port.
        super().__init__(WechatyOptions(puppet=puppet, puppet_options=puppet.options, scheduler=AsyncIOScheduler()))
        self._limit = limit

    @property
    def _stub(self) -> Any:
        if self.puppet._puppet_stub is None:
            raise Away
        return self.puppet._puppet_stub

    async def open(self) -> None:
        """A call that proves that the gateway answers and lets us in."""
        await self.init_puppet()
        # Room.say asks for what it has sent: an answer lost there would make a delivered message a failed one.
        own = {"_puppet": self.puppet, "_wechaty": self, "abstract": False, "ready": _known}
        self.Message = type("Message", (Message,), own)
        await self.beat()

    async def beat(self) -> None:
        """A call that costs nothing; an answer proves that the gateway is alive."""
        await answered(self._stub.version(), self._limit)

    async def ding(self) -> None:
        """Asks for a dong among the events."""
        await answered(self._stub.ding(data="linli"), self._limit)

    async def start_account(self) -> None:
        """Lets the gateway begin, which does nothing where it has begun already."""
        await answered(self._stub.start(), self._limit * 2)

    async def stop_account(self) -> None:
        """Lets the gateway rest: WeChat keeps what is said meanwhile."""
        await answered(self._stub.stop(), self._limit)

    async def events(self) -> AsyncIterator[Event]:
        """What the gateway tells, until it ends."""
        with by_meaning():
            async for response in self._stub.event():
                yield Event(_EVENTS.get(int(response.type), ""), box_of(response.payload))

    async def payload(self, message: str) -> Payload:
        """A message; its type as the gateway numbers it, not as wechaty translates it, which knows fewer."""
        found = await answered(self._stub.message_payload(id=message), self._limit)
        return Payload(
            found.id or message, int(found.type), found.text, found.from_id, found.room_id,
            float(found.timestamp), tuple(found.mention_ids), found.filename,
        )  # fmt: skip

    async def name_of(self, user: str) -> str:
        """What an account calls itself."""
        found = await answered(self._stub.contact_payload(id=user), self._limit)
        return str(found.name).strip()

    async def name_in(self, room: str, user: str) -> str:
        """What an account calls itself in a room (群昵称); empty when it has no name of its own there."""
        found = await answered(self._stub.room_member_payload(id=room, member_id=user), self._limit)
        return str(found.room_alias).strip()

    async def is_friend(self, user: str) -> bool:
        """Whether WeChat would deliver what we say to an account in private."""
        found = await answered(self._stub.contact_payload(id=user), self._limit)
        return bool(found.friend)

    async def rooms(self) -> list[str]:
        """The rooms that the account is in."""
        return sorted(await answered(self.puppet.room_list(), self._limit))

    async def room(self, room: str) -> tuple[str, frozenset[str]]:
        """Name and members of a room, as the gateway knows them now; `Room.topic` would be what it was once."""
        found = await answered(self.puppet.room_payload(room), self._limit)
        return str(found.topic), frozenset(found.member_ids)

    async def say_in_room(self, room: str, said: str | FileBox, mention: tuple[str, str] | None = None) -> str | None:
        """Says a text or sends a file in a room; the id that the gateway gives it.

        Args:
            room: its id.
            said: what; a file is made with `file_to_send`.
            mention: an account, and the name behind the @.
        """
        whom = self._mention(*mention) if mention else []
        return _id_of(await answered(self.Room.load(room).say(said, mention_ids=whom), self._time_for(said)))

    async def say_to(self, user: str, said: str | FileBox) -> str | None:
        """The same in private."""
        return _id_of(await answered(self.Contact.load(user).say(said), self._time_for(said)))

    def _time_for(self, said: str | FileBox) -> float:
        return self._limit if isinstance(said, str) else self._limit * FILE_TIMES

    def _mention(self, user: str, name: str) -> list[str]:
        contact = self.Contact(user)
        contact.payload = ContactPayload(id=user, name=name)  # else wechaty would show the name that it finds
        self.Contact._pool[user] = contact
        return [user]

    async def file(self, message: str, *, photo: bool) -> bytes:
        """The file of a message."""
        try:
            box = (await answered(self._stub.message_file(id=message), self._limit)).filebox
        except Refused:
            if not photo:
                raise
            box = (await answered(self._stub.message_image(id=message, type=ORIGINAL), self._limit)).filebox
        return await answered(content_of(box_of(box), self.puppet.download), self._limit * FILE_TIMES)

    async def close(self) -> None:
        """Ends the connection; says nothing to the gateway."""
        channel, self.puppet.channel, self.puppet._puppet_stub = self.puppet.channel, None, None
        if channel is not None:
            channel.close()


def file_to_send(name: str, content: bytes) -> FileBox:
    """A file as `say_in_room` and `say_to` take it."""
    return FileBox.from_base64(base64.b64encode(content), name=name)


async def _known(_: Message) -> None:
    """What we have sent we know."""


def _id_of(sent: Message | None) -> str | None:
    return str(sent.message_id) if sent is not None and sent.message_id else None
