"""A WeChat to test against: the real Node gateway in front of wechaty's mock of WeChat, driven over loopback.

    gateway.say("r@chatroom", LI, "三号楼电梯坏了")
    gateway.wait_for_sent(1)

The packages are installed once into a cached folder outside of git, by the lock beside the server.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from platformdirs import user_cache_path

from bot.channels.contract import RoomNews
from bot.channels.wechat_link import Pace
from desk.services.mailroom import Arrival

PEER = Path(__file__).parent / "peers" / "wechaty"
TOKEN = "a-token-of-the-tests"
ME = "wxid_linli"
WAIT = 60.0
QUICK = Pace(beat=0.3, answer=2.0, login=1.5, dong=1.5, first_wait=0.1, longest_wait=0.5)
"""Seconds short enough for a test; the order of things is that of production."""

NODE_FROM = 18
_NUMBERS = itertools.count(1)


def installed() -> Path:
    """The folder with the peer and its packages; skipped without Node, a failure in CI."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        without("node and npm are not installed")
    version = subprocess.run([str(node), "--version"], capture_output=True, text=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0] or 0) < NODE_FROM:
        without(f"Node {version} is older than {NODE_FROM}")
    made_of = [PEER / name for name in ("package.json", "package-lock.json", ".npmrc")]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in made_of)).hexdigest()[:12]
    folder = user_cache_path("linli", appauthor=False) / f"wechaty-peer-{digest}"
    if not (folder / "ready").is_file():
        _install(str(npm), folder, made_of)
    return folder


def _install(npm: str, folder: Path, made_of: list[Path]) -> None:
    """Into a folder of our own first: two test processes may install at once."""
    new = folder.with_name(f"{folder.name}-{os.getpid()}")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for path in made_of:
        shutil.copy(path, new)
    done = subprocess.run([npm, "ci"], cwd=new, capture_output=True, text=True, timeout=600)
    if done.returncode:
        shutil.rmtree(new, ignore_errors=True)
        without(f"npm ci failed: {done.stderr[-500:]}")
    (new / "ready").touch()
    try:
        new.rename(folder)
    except OSError:  # somebody was quicker
        shutil.rmtree(new, ignore_errors=True)


def without(reason: str) -> None:
    """No gateway, no test: said so, and in CI not accepted."""
    message = f"no wechaty gateway: {reason}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Gateway:
    """One gateway on ports of its own, which it keeps when it is started again."""

    def __init__(self, folder: Path, log: Path) -> None:
        self._folder = folder
        self._log = log
        self.port, self._control = free_port(), free_port()
        self.process: subprocess.Popen[str] | None = None

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self, *, token: str = TOKEN, logged_in: bool = True) -> Gateway:
        """Until it is ready."""
        settings = {"GW_PORT": str(self.port), "GW_CONTROL": str(self._control), "GW_TOKEN": token}
        shutil.copy(PEER / "server.mjs", self._folder / f"server-{os.getpid()}.mjs")
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                ["node", "--no-deprecation", f"server-{os.getpid()}.mjs"], cwd=self._folder, text=True,
                env={**os.environ, **settings, "GW_LOGGED_IN": "1" if logged_in else "0", "WECHATY_LOG": "error"},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            )  # fmt: skip
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith('{"ready"'):
                return self
        raise RuntimeError(self._log.read_text(errors="replace")[-2000:])

    def kill(self) -> None:
        """At once, as a power cut would."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()

    def freeze(self) -> None:
        """It keeps its connections and answers nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def new(self, kind: str) -> str:
        """An id that nobody else has."""
        return f"{kind}_{next(_NUMBERS)}"

    # --- what people do

    def call(self, path: str, **body: Any) -> Any:
        data = json.dumps(body).encode() if body or not path.startswith(("/sent", "/asked", "/state")) else None
        request = urllib.request.Request(f"http://127.0.0.1:{self._control}{path}", data)
        try:
            with urllib.request.urlopen(request, timeout=WAIT) as response:
                return json.loads(response.read())
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error

    def person(self, user: str, name: str, *, friend: bool = True) -> None:
        self.call("/person", id=user, name=name, friend=friend)

    def room(self, room: str, topic: str, *members: str) -> None:
        self.call("/room", id=room, topic=topic, members=list(members))

    def card(self, room: str, user: str, name: str) -> None:
        """The name that somebody has in a room."""
        self.call("/card", room=room, user=user, name=name)

    def say(self, room: str | None, user: str, text: str = "", **more: Any) -> str:
        """Somebody says something in a room or to us; `quote`, `mentions`, `type`, `file`, `at`, `id`."""
        return str(self.call("/say", room=room, user=user, text=text, **more)["id"])

    def send(self, room: str | None, user: str, kind: str, name: str, content: bytes) -> str:
        """Somebody sends a file."""
        return self.say(room, user, type=kind, file={"name": name, "base64": base64.b64encode(content).decode()})

    def sent(self) -> list[dict[str, Any]]:
        """Everything that we were asked to say."""
        found: list[dict[str, Any]] = self.call("/sent")
        return found

    def wait_for_sent(self, number: int) -> list[dict[str, Any]]:
        until(lambda: len(self.sent()) >= number, lambda: f"{len(self.sent())} of {number} messages were said")
        return self.sent()


@contextmanager
def gateway_at(folder: Path, log: Path) -> Iterator[Gateway]:
    gateway = Gateway(folder, log)
    try:
        yield gateway
    finally:
        gateway.kill()


def until(holds: Callable[[], bool], says: Callable[[], str] = lambda: "it did not come true") -> None:
    """Waits for something; not how long it takes is tested, but that it comes."""
    end = time.monotonic() + WAIT
    while not holds():
        assert time.monotonic() < end, says()
        time.sleep(0.02)


class Heard:
    """An intake that keeps what it is given; `away` makes it fail as a database does that is away."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.news: list[RoomNews] = []
        self.away = False
        self.refused = 0
        self._lock = threading.Lock()

    def take_in(self, arrival: Arrival) -> object:
        with self._lock:
            self._check()
            self.arrivals.append(arrival)
            return arrival

    def room_news(self, news: RoomNews) -> None:
        with self._lock:
            self._check()
            self.news.append(news)

    def _check(self) -> None:
        if self.away:
            self.refused += 1
            raise ConnectionError

    def wait(self, number: int) -> list[Arrival]:
        until(lambda: len(self.arrivals) >= number, lambda: f"{len(self.arrivals)} of {number} arrived")
        return self.arrivals

    def wait_for_news(self, number: int) -> list[RoomNews]:
        until(lambda: len(self.news) >= number, lambda: f"{len(self.news)} of {number} news")
        return self.news
