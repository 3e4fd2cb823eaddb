"""The short form of `make torture`: real gateways killed at random, on Telegram's server and on WeChat's real one.

Both run at once; the long form, with real Rasa, is the command.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers_e2e import CHECKOUT
from wechat_driver import installed

SIZES = {"telegram": (120, 12), "wechat": (80, 8)}
"""Messages and kills; a connection to WeChat takes seconds in each life."""

LONGEST_SECONDS = 600


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    found: dict[str, subprocess.Popen[bytes]] = {}
    for channel, (messages, kills) in SIZES.items():
        folder = tmp_path_factory.mktemp(channel)
        sizes = ["--messages", str(messages), "--kills", str(kills), "--rasa-kills", "1", "--seed", "20261122"]
        with (folder / "printed").open("wb") as out:
            found[channel] = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.torture", "--channel", channel, "--light", "--keep", str(folder),
                 *sizes], cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUTF8": "1"}, start_new_session=True,
            )  # fmt: skip
        found[channel].folder = folder  # type: ignore[attr-defined]
    yield found
    for process in found.values():
        process.kill()
        process.wait()


def ends_well(process: subprocess.Popen[bytes], channel: str) -> str:
    status = process.wait(LONGEST_SECONDS)
    printed = (Path(process.folder) / "printed").read_text(encoding="utf-8")  # type: ignore[attr-defined]
    assert status == 0, printed
    messages, kills = SIZES[channel]
    assert f"== {channel}: {kills} kills over {messages} messages" in printed
    assert f"{channel}: everything holds" in printed
    share = re.search(r"hit work in hand: (\d+) %", printed)
    assert share is not None
    assert int(share[1]) >= 80
    return printed


def test_nothing_is_lost_on_telegram(runs: dict[str, subprocess.Popen[bytes]]) -> None:
    printed = ends_well(runs["telegram"], "telegram")
    assert "requests: 10\ntickets: 10\nanswered: 10\n" in printed


def test_nothing_is_lost_on_wechat(runs: dict[str, subprocess.Popen[bytes]]) -> None:
    installed()  # skipped without Node, a failure in CI
    printed = ends_well(runs["wechat"], "wechat")
    assert "requests: 6\ntickets: 6\nanswered: 6\n" in printed
