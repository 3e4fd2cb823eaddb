"""Runs a transcript in a process that kills itself (SIGKILL) at the n-th call of a chosen point, and then once more.

    python crash_driver.py sweep URL POINT OUT     every n in turn, each on emptied tables, forked from one process
    python crash_driver.py once URL POINT N MODEL  one run with the real Rasa dialogue; N is 0 for no crash

The points wrap the product's own functions from outside; the product knows nothing of this.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from helpers_e2e import SPEAK_FROM, Chat, TableDialogue, as_lines, import_registers, ledger_of, parse, rows_of, wipe

from bot.gateway.replay import Replay, TranscriptChannel
from desk.storage.engine import open_engine

MOST = 60
"""Calls of a point in one transcript; more means that the sweep never ends."""

POINTS: dict[str, tuple[str, list[str]]] = {
    # the channel has it, T1 not begun
    "before_t1": ("before", ["bot.gateway.replay:Replay._take_in"]),
    # T1 written, not committed
    "inside_t1": ("after", ["desk.services.mailroom:record_arrival"]),
    # T1 committed
    "after_t1": ("after", ["bot.gateway.replay:Replay._take_in"]),
    # read, not routed
    "before_t2": ("before", ["bot.gateway.handle:Handler._route"]),
    # T2 written, not committed; by the gateway or by an action
    "inside_t2": ("after", ["bot.gateway.handle:perform", "actions.base:perform", "bot.gateway.handle:answer_place"]),
    # T2 of an exact command committed
    "after_t2": ("after", ["bot.gateway.handle:Handler._route"]),
    # T2 of an action committed, its answer lost
    "after_t2_action": ("after", ["actions.base:DeskAction._handle"]),
    # T3 written, not committed
    "inside_t3": ("after", ["desk.services.mailroom:finish"]),
    # T3 committed
    "after_t3": ("after", ["bot.gateway.handle:Handler._finish"]),
    # taken from the outbox, not sent
    "before_send": ("before", ["bot.gateway.replay:TranscriptChannel.send"]),
    # sent, not marked
    "after_send": ("after", ["bot.gateway.replay:TranscriptChannel.send"]),
    # marked, not committed
    "inside_mark": ("after", ["desk.services.mailroom:mark_sent"]),
    # marked
    "after_mark": ("after", ["bot.gateway.deliver:Deliverer._deliver_one"]),
    # what falls due is written, not committed
    "inside_schedule": ("after", ["desk.services.schedule:do_due"]),
    # what falls due is in the outbox
    "before_delivery": ("before", ["bot.gateway.deliver:Deliverer.deliver"]),
}


def arm(point: str, count: int) -> None:
    """Makes the `count`-th call of the point the last thing that this process does."""
    when, targets = POINTS[point]
    left = [count]

    def tick() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    for target in targets:
        module, path = target.split(":")
        owner: Any = importlib.import_module(module)
        *outer, name = path.split(".")
        for part in outer:
            owner = getattr(owner, part)
        setattr(owner, name, _wrapped(getattr(owner, name), when, tick))


def _wrapped(function: Callable[..., Any], when: str, tick: Callable[[], None]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            tick()
        result = function(*args, **kwargs)
        if when == "after":
            tick()
        return result

    return call


LAMP, LIFT, WISH, TRAPPED = "单元门口的路灯不亮", "电梯停了", "想借一台轮椅", "电梯里困着人"
TABLE = {
    LAMP: parse("report", category="public_facility"),
    LIFT: parse("report", category="elevator"),
    WISH: parse("report", kind="wish", category="elder_care"),
    TRAPPED: parse("report", category="elevator", urgency="emergency"),
    "还在闪，没修好": parse("rate"),
}


def day() -> list[dict[str, Any]]:
    """A day with everything in it that the crash table speaks of."""
    chat = Chat()
    lamp = chat.say("a1", LAMP, name="8-1-301 老周")
    chat.say("a2", "今天真冷", name="6-2-101 何叔")
    lift = chat.say("a5", LIFT, name="雨后彩虹")  # asks where
    chat.say("a5", "6号楼3单元", name="雨后彩虹")
    chat.say("u-shen", "接单", reply_to=lamp)
    chat.say("a2", "我家也是", reply_to=lamp)
    wish = chat.say("a3", WISH, name="4-2-602 丁阿姨")
    chat.say("u-xu", "我来", room="临江志愿者群", reply_to_bot_about=wish)
    chat.say("u-shen", "办结", reply_to=lamp)
    chat.say("a1", "不满意", reply_to_bot_about=lamp)
    chat.say("a1", "1到哪了", direct=True)
    chat.say("a6", TRAPPED, name="3-2-702 阿诚")
    chat.lines.append({"at": "2026-11-23T09:30:00+08:00", "recall": lift})
    chat.lines.append({"at": "2026-11-23T09:31:00+08:00", "tick": True})
    chat.say("u-xu", "已送到", room="临江志愿者群", reply_to_bot_about=wish, at="2026-11-23T09:40:00+08:00")
    chat.lines.append({"at": "2026-12-01T08:00:00+08:00", "tick": True})
    chat.say("u-lu", "未办结", room="临江工作群", at="2026-12-01T08:01:00+08:00")
    return chat.lines


def run(url: str, out: Path, dialogue: Any = None) -> None:
    """One replay of the day; what it says goes to the end of `out`."""
    engine = open_engine(url)
    with open(out, "a", encoding="utf-8") as stream:
        spoken = dialogue(engine) if dialogue else TableDialogue(engine, TABLE)
        Replay(engine, spoken, TranscriptChannel(stream), SPEAK_FROM).run(as_lines(day()))
    engine.dispose()


def _in_child(work: Callable[[], None]) -> int:
    """Does the work in a process of its own; how that one ended (negative: killed by that signal)."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        work()
        os._exit(0)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(70)


def _reset(url: str) -> None:
    engine = open_engine(url)
    wipe(engine)
    import_registers(engine)
    engine.dispose()


def _state(url: str) -> dict[str, Any]:
    engine = open_engine(url)
    inbox = [[row["scope"], row["message"], str(row["state"]), str(row["outcome"])] for row in rows_of(engine, "inbox")]
    outbox = sorted([row["dedup_key"], str(row["state"])] for row in rows_of(engine, "outbox"))
    state = {"ledger": ledger_of(engine), "inbox": inbox, "outbox": outbox}
    engine.dispose()
    return state


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def sweep(url: str, point: str) -> dict[str, Any]:
    """The uninterrupted run, and for every n the one that was killed with the one after it."""
    import actions.base  # noqa: F401  imported before the first fork, so that no child pays for it

    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"
        assert _in_child(lambda: _reset(url)) == 0
        assert _in_child(lambda: run(url, whole)) == 0
        found: dict[str, Any] = {"whole": _lines(whole), **_state(url), "runs": []}
        for count in range(1, MOST):
            first, second = Path(folder) / f"first{count}", Path(folder) / f"second{count}"
            assert _in_child(lambda: _reset(url)) == 0
            ended = _in_child(lambda: (arm(point, count), run(url, first))[-1])  # noqa: B023
            if ended == 0:
                break
            assert ended == -signal.SIGKILL, ended
            again = _in_child(lambda: run(url, second))  # noqa: B023
            result = {"count": count, "again": again, "first": _lines(first), "second": _lines(second), **_state(url)}
            found["runs"].append(result)
    return found


def once(url: str, point: str, count: int, model: Path, out: Path) -> None:
    """One run with Rasa in this process."""
    from bot.dialogue.in_process import InProcessDialogue

    if count:
        arm(point, count)
    run(url, out, lambda engine: InProcessDialogue(model, engine))


if __name__ == "__main__":
    if sys.argv[1] == "sweep":
        Path(sys.argv[4]).write_text(json.dumps(sweep(sys.argv[2], sys.argv[3]), ensure_ascii=False), encoding="utf-8")
    else:
        once(sys.argv[2], sys.argv[3], int(sys.argv[4]), Path(sys.argv[5]), Path(sys.argv[6]))
