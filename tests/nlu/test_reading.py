"""The short ways through jieba and Rasa's graph say what the long ones say; garbage gets an answer a line."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import jieba
import pytest
from helpers_e2e import CHECKOUT, environment, trained_model
from hypothesis import example, given
from hypothesis import strategies as st

from nlu import engine
from nlu.components.segmenter import Segmenter

MESSAGES = Path(__file__).with_name("messages.jsonl")
TEXTS = [json.loads(line)["text"] for line in MESSAGES.read_text(encoding="utf-8").splitlines()]


# ---------------------------------------------------------------------------------------- words


@cache
def segmenter() -> Segmenter:
    return Segmenter(jieba.dt)


def test_the_words_of_every_message_are_those_of_jieba() -> None:
    assert [segmenter().lcut(text, HMM=False) for text in TEXTS] == [jieba.lcut(text, HMM=False) for text in TEXTS]


@given(
    st.text(st.sampled_from("三号楼电梯又坏了没人管物业中国人民ABC12 ,。!😀\ud800"), max_size=40) | st.text(max_size=40)
)
@example("")
@example("结婚的和尚未结婚的")
def test_the_words_of_anything_are_those_of_jieba(text: str) -> None:
    assert segmenter().lcut(text, HMM=False) == jieba.lcut(text, HMM=False)


# ---------------------------------------------------------------------------------------- the graph


@pytest.fixture(scope="module")
def agent() -> Any:
    return engine.load(trained_model())


@pytest.mark.slow
def test_many_at_once_are_read_as_rasa_itself_reads_each(agent: Any) -> None:
    from rasa.core.channels.channel import UserMessage

    async def stock() -> list[dict[str, Any]]:
        return [await agent.processor.parse_message(UserMessage(text)) for text in TEXTS[:60]]

    for ours, theirs in zip(engine.read_batch(agent, TEXTS[:60]), asyncio.run(stock()), strict=True):
        assert (ours["intent"]["name"], ours["matter"], ours["location"]) == (
            theirs["intent"]["name"],
            theirs["matter"],
            theirs["location"],
        )
        assert ours["intent"]["confidence"] == pytest.approx(theirs["intent"]["confidence"], abs=1e-4)


@pytest.mark.slow
def test_one_is_read_as_it_is_among_many(agent: Any) -> None:
    for text, among in zip(TEXTS[:40], engine.read_batch(agent, TEXTS), strict=False):
        (alone,) = engine.read_batch(agent, [text])
        assert alone["matter"] == among["matter"]
        assert alone["intent"]["confidence"] == pytest.approx(among["intent"]["confidence"], abs=1e-4)


# ---------------------------------------------------------------------------------------- garbage

LINES = 10_000


def garbage(rng: random.Random) -> list[bytes]:
    """Binary, half JSON, huge lines, right-to-left marks, lone surrogates, written-out escapes, and some sense."""
    makers = [
        lambda: rng.randbytes(rng.randrange(1, 200)).replace(b"\n", b""),
        lambda: json.dumps({"text": rng.choice(TEXTS)}).encode()[: rng.randrange(1, 60)],
        lambda: b'{"text": "\\ud83d\\u202e ' + bytes(rng.choices(b"abc\\", k=9)) + b'"}',
        lambda: "\u202e\u200f\u2066".encode() + rng.choice(TEXTS).encode(),
        lambda: b"\xed\xa0\x80" + rng.choice(TEXTS).encode(),
        lambda: rng.choice(TEXTS).encode("gb18030"),
        lambda: b'{"text": ' + rng.choice([b"null", b"[]", b"1e999", b"NaN", b'{"text": "x"}', b'"\\u0000"']) + b"}",
        lambda: b" \t\r",
        lambda: b"[" * rng.randrange(1, 5_000),
        lambda: b'{"text":' * rng.randrange(1, 3_000),
        lambda: rng.choice(TEXTS).encode(),
    ]
    lines = [rng.choice(makers)() for _ in range(LINES - 12)]
    lines += [b"\xff" * 1_000_000, b"a" * 1_000_000, "电梯坏了".encode() * 90_000, b'{"text": "' + b"x" * 1_000_000] * 3
    rng.shuffle(lines)
    return lines


@pytest.mark.slow
def test_ten_thousand_lines_of_garbage_get_a_line_each(tmp_path: Path) -> None:
    lines = garbage(random.Random(20261122))
    done = subprocess.run(
        [sys.executable, "-c", "from bot.cli import main; main()", "classify", "-"],
        input=b"\n".join(lines) + b"\n", capture_output=True, timeout=900, check=False, cwd=CHECKOUT,
        env=environment(tmp_path, LINLI_MODEL=str(trained_model())),
    )  # fmt: skip
    answers = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    assert done.returncode == 1, done.stderr.decode()[-2000:]
    assert len(answers) == LINES
    assert b"Traceback" not in done.stderr
    assert {answer["error"]["code"] for answer in answers if "error" in answer} == {
        "json", "not_utf8", "no_text", "too_long"
    }  # fmt: skip
    assert all(answer["text"] for answer in answers if "error" not in answer)
