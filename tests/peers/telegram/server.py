"""The server: HTTP on loopback in a thread of its own, long polling, pushing to a webhook, files, faults.

Everything that passes is kept in `traffic`, so that another library's types can judge it.
"""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from .faults import Fault, Faults
from .methods import ApiError, Methods
from .world import Json, World

LARGEST = 60 * 1024 * 1024
LOOK_SECONDS = 0.01


class BotApi:
    """`with BotApi() as api: ... api.base_url`."""

    def __init__(self, world: World | None = None, port: int = 0) -> None:
        self.world = world or World()
        self.faults = Faults()
        self.traffic: list[Json] = []
        self.polls = 0
        self._methods = Methods(self.world)
        self._port = port
        self._poll = 0
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> BotApi:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        application = web.Application(client_max_size=LARGEST)
        application.router.add_route("*", "/bot{token}/{method}", self._answer)
        application.router.add_get("/file/bot{token}/{path:.+}", self._download)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self._port)
        await site.start()
        self._port = runner.addresses[0][1]
        pushing = asyncio.create_task(self._push())
        self._ready.set()
        await self._over.wait()
        pushing.cancel()
        await runner.cleanup()

    # ------------------------------------------------------------ a call

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.world.token:
            return _refused(ApiError(401, "Unauthorized"))
        method = request.match_info["method"]
        try:
            given, files = await _parameters(request)
        except (ConnectionError, ValueError):
            return _refused(ApiError(400, "Bad Request: unreadable"))
        fault = self.faults.take(method, given.get("chat_id"))
        early = await self._fault_before(request, fault)
        if early is not None:
            return early
        try:
            result = await self._call(method, given, files)
        except ApiError as error:
            return _refused(error)
        if fault is not None and fault.kind == "drop_after":
            return _dropped(request)
        if fault is not None and fault.kind == "late":
            await asyncio.sleep(fault.value)
        if fault is not None and fault.kind == "garbage_after":
            return _garbage()
        return web.json_response({"ok": True, "result": result})

    async def _fault_before(self, request: web.Request, fault: Fault | None) -> web.StreamResponse | None:
        if fault is None or fault.kind in ("drop_after", "garbage_after", "late"):
            return None
        if fault.kind == "retry_after":
            words = f"Too Many Requests: retry after {fault.value}"
            return _refused(ApiError(429, words, retry_after=fault.value))
        if fault.kind == "status":
            return _refused(ApiError(fault.value, "Fault on order"))
        if fault.kind == "drop_before":
            return _dropped(request)
        if fault.kind == "hang":
            await asyncio.sleep(fault.value or 3600)
        return _garbage()

    async def _call(self, method: str, given: Json, files: Json) -> Any:
        self.traffic.append({"request": method, "given": {**given, **dict.fromkeys(files, "attach://file")}})
        if method == "getUpdates":
            return await self._updates(given)
        known = getattr(self._methods, method, None)
        if known is None or method.startswith("_"):
            raise ApiError(404, "Not Found: method not found")
        with self.world.lock:
            result = json.loads(json.dumps(known(given, files)))
        self.traffic.append({"result": method, "is": result})
        return result

    async def _updates(self, given: Json) -> list[Any]:
        """Long polling: a later poll ends an earlier one, a webhook forbids any."""
        if self.world.webhook["url"]:
            raise ApiError(409, "Conflict: can't use getUpdates method while webhook is active")
        self._poll, mine = self._poll + 1, self._poll + 1
        self.polls += 1
        until = asyncio.get_running_loop().time() + min(given.get("timeout", 0), 50)
        while True:
            found = self.world.waiting(given.get("offset"), given.get("limit", 100), given.get("allowed_updates"))
            if found or asyncio.get_running_loop().time() >= until or self._over.is_set():
                self.traffic += [{"update": update} for update in found]
                return found
            await asyncio.sleep(LOOK_SECONDS)
            if self._poll != mine:
                raise ApiError(409, "Conflict: terminated by other getUpdates request")

    async def _download(self, request: web.Request) -> web.StreamResponse:
        found = dict(self.world.files.values())
        path = request.match_info["path"]
        if request.match_info["token"] != self.world.token or path not in found:
            return _refused(ApiError(404, "Not Found"))
        return web.Response(body=found[path])

    # ------------------------------------------------------------ the webhook

    async def _push(self) -> None:
        """Sends the oldest update again and again until it is taken, then the next."""
        async with ClientSession(timeout=ClientTimeout(total=10)) as session:
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                hook = self.world.webhook
                waiting = self.world.waiting(None, 1, hook["allowed_updates"]) if hook["url"] else []
                if waiting and await self._pushed(session, hook, waiting[0]):
                    self.traffic.append({"update": waiting[0]})
                    self.world.waiting(waiting[0]["update_id"] + 1, 1, None)

    async def _pushed(self, session: ClientSession, hook: Json, update: Any) -> bool:
        headers = {"X-Telegram-Bot-Api-Secret-Token": hook["secret_token"]}
        try:
            async with session.post(hook["url"], json=update, headers=headers) as answer:
                return answer.status == 200
        except (ClientError, asyncio.TimeoutError):
            return False


def _refused(error: ApiError) -> web.Response:
    return web.json_response(error.body, status=error.code)


def _garbage() -> web.Response:
    return web.Response(body=b"<html>\xff\xfe not what you think", content_type="text/html")


def _dropped(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _parameters(request: web.Request) -> tuple[Json, Json]:
    """The parameters of a call, whichever way they are sent, and the uploads by field."""
    if request.content_type == "application/json":
        return dict(await request.json()), {}
    given: Json = {name: _value(name, text) for name, text in request.query.items()}
    files: Json = {}
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files[name] = (value.filename, value.file.read())
        else:
            given[name] = _value(name, str(value))
    return given, files


_TEXTS = frozenset({"text", "caption", "url", "secret_token", "callback_query_id", "file_id"})


def _value(name: str, text: str) -> Any:
    if name in _TEXTS:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
