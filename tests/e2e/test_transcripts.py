"""Recorded chats through the whole system, compared line by line; each transcript is about one thing.

A line of a transcript is a line of `linli replay`, with `expect` beside it: what the bot says while that line is
worked through (what falls due on the way to it comes first). No `expect` is silence. The last line is the ledger that
shall be there afterwards, every ticket, each with the keys that matter.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from helpers_e2e import E2E, Transcript, as_lines, ledger_of, run_replay

pytestmark = pytest.mark.slow

TRANSCRIPTS = sorted(E2E.glob("*.jsonl"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_transcript(way: Any, path: Path) -> None:
    engine, dialogue = way
    transcript = Transcript(path)
    problems = transcript.problems(engine, dialogue)
    assert not problems, "\n\n" + "\n\n".join(problems)

    before = ledger_of(engine)
    assert run_replay(engine, dialogue, transcript.lines) == [], "the second replay of the same file spoke"
    assert ledger_of(engine) == before, "the second replay of the same file changed the ledger"


def test_there_are_enough_transcripts_and_each_says_what_should_be_left() -> None:
    assert len(TRANSCRIPTS) >= 14
    for path in TRANSCRIPTS:
        assert Transcript(path).ledger is not None, path.name


def test_both_dialogues_read_a_text_alike(in_process: Any, over_http: Any) -> None:
    texts = [line["text"] for path in TRANSCRIPTS for line in Transcript(path).lines if line.get("text")]
    here, there = in_process[1].read(texts), over_http[1].read(texts)
    keys = ("intent", "matter", "location")
    assert [json.dumps([p[k] for k in keys]) for p in here] == [json.dumps([p[k] for k in keys]) for p in there]


def test_every_line_of_every_transcript_is_usable() -> None:
    from bot.gateway.transcript import entry_of

    for path in TRANSCRIPTS:
        for line in as_lines(Transcript(path).lines):
            entry_of(line)


@pytest.mark.parametrize("way", ["in_process"], indirect=True)
def test_an_action_that_breaks_in_rasa_is_told_honestly(way: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rasa turns a broken action into no answer: that is noticed, tried again, and said."""
    engine, dialogue = way

    def broken(*_arguments: Any) -> None:
        calls.append(1)
        raise RuntimeError("the action broke")

    calls: list[int] = []
    monkeypatch.setattr("actions.base.perform", broken)
    said = run_replay(engine, dialogue, Transcript(E2E / "01_report.jsonl").lines[:1])
    assert [line["template"] for line in said] == ["failed_sorry", "alarm_failed"]
    assert len(calls) == 3
