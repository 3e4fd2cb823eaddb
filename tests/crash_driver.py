"""Runs a transcript in a process that kills itself (SIGKILL) at the n-th call of a chosen point, and then once more.

    python crash_driver.py sweep URL MOST OUT          every point at up to MOST of its calls, each on emptied tables
    python crash_driver.py table URL POINT N OUT       one run; N is 0 for no crash
    python crash_driver.py rasa URL POINT N OUT MODEL  the same with the real Rasa dialogue

The points wrap the product's own functions from outside; the product knows nothing of this.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from helpers_e2e import (
    SPEAK_FROM,
    Chat,
    TableDialogue,
    as_lines,
    import_registers,
    ledger_of,
    parse,
    rasa_dialogue,
    rows_of,
    wipe,
)
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.gateway.replay import Replay, TranscriptChannel
from desk.storage.engine import open_engine
from nlu.summary import summarise
from nlu.text import simplified

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
    "inside_mark": ("after", ["desk.services.delivery:mark_sent"]),
    # marked
    "after_mark": ("after", ["bot.gateway.deliver:Deliverer._deliver_one"]),
    # what falls due is written, not committed
    "inside_schedule": ("after", ["desk.services.schedule:do_due"]),
    # what falls due is in the outbox
    "before_delivery": ("before", ["bot.gateway.deliver:Deliverer.deliver"]),
}


def arm(point: str, count: int) -> None:
    """Makes the `count`-th call of the point the last thing that this process does."""
    left = [count]

    def tick() -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    _wrap(point, tick)


def count_calls(calls: Counter[str]) -> None:
    """Counts the calls of every point."""
    for point in POINTS:
        _wrap(point, lambda point=point: calls.update([point]))  # type: ignore[misc]


def _wrap(point: str, tick: Callable[[], None]) -> None:
    when, targets = POINTS[point]
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


def opened(url: str) -> Engine:
    """The database without waiting for the disk: SIGKILL ends a process and not the machine."""
    engine = open_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))
    return engine


def run(url: str, out: Path, dialogue: Any = None) -> None:
    """One replay of the day; what it says goes to the end of `out`."""
    engine = opened(url)
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
    engine = opened(url)
    wipe(engine)
    import_registers(engine)
    engine.dispose()


def _fact(key: str) -> str:
    """A key without its row's number: what a killed transaction counted is not given back."""
    return re.sub(r"^([a-z]+)\d+", r"\1", key)


def _state(url: str) -> dict[str, Any]:
    engine = opened(url)
    inbox = [[row["scope"], row["message"], str(row["state"]), str(row["outcome"])] for row in rows_of(engine, "inbox")]
    outbox = sorted([_fact(row["dedup_key"]), str(row["state"])] for row in rows_of(engine, "outbox"))
    state = {"ledger": ledger_of(engine), "inbox": inbox, "outbox": outbox}
    engine.dispose()
    return state


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def sweep(url: str, most: int) -> dict[str, Any]:
    """The uninterrupted run, and for every point the runs that were killed there, each with the one after it."""
    import actions.base  # noqa: F401
    from bot.texts import texts

    # What every process reads once is read before the first fork, so that no child pays for it.
    summarise("三号楼")
    simplified("三号楼")
    texts()
    with tempfile.TemporaryDirectory() as folder:
        whole, counted = Path(folder) / "whole", Path(folder) / "counted"
        _reset(url)
        assert _in_child(lambda: run(url, whole)) == 0
        found: dict[str, Any] = {"whole": _lines(whole), **_state(url), "points": {}}
        _reset(url)
        assert _in_child(lambda: _count(url, counted)) == 0
        calls = json.loads(counted.read_text(encoding="utf-8"))
        for point in POINTS:
            counts = _spread(calls.get(point, 0), most)
            found["points"][point] = [_killed(url, point, count, Path(folder)) for count in counts]
    return found


def _count(url: str, counted: Path) -> None:
    calls: Counter[str] = Counter()
    count_calls(calls)
    run(url, counted.with_name("unread"))
    counted.write_text(json.dumps(calls), encoding="utf-8")


def _spread(calls: int, most: int) -> list[int]:
    """At most so many of 1 .. calls, evenly, the first and the last among them; 0 is all."""
    if not most or calls <= most:
        return list(range(1, calls + 1))
    return sorted({1 + round(step * (calls - 1) / max(1, most - 1)) for step in range(most)})


def _killed(url: str, point: str, count: int, folder: Path) -> dict[str, Any]:
    first, second = folder / f"{point}{count}.first", folder / f"{point}{count}.second"
    _reset(url)
    ended = _in_child(lambda: (arm(point, count), run(url, first))[-1])
    again = _in_child(lambda: run(url, second))
    ends = {"count": count, "ended": ended, "again": again}
    return {**ends, "first": _lines(first), "second": _lines(second), **_state(url)}


def once(url: str, point: str, count: int, out: Path, model: Path | None) -> None:
    """One run in this process, with the table or with Rasa."""
    if count:
        arm(point, count)
    if model is None:
        return run(url, out)
    return run(url, out, lambda engine: rasa_dialogue(model, engine))


def main(how: str, url: str, *arguments: str) -> None:
    if how == "sweep":
        most, out = arguments
        Path(out).write_text(json.dumps(sweep(url, int(most)), ensure_ascii=False), encoding="utf-8")
    else:
        point, count, out, *model = arguments
        once(url, point, int(count), Path(out), Path(model[0]) if model else None)


if __name__ == "__main__":
    main(*sys.argv[1:])
