"""`linli evaluate`: what it prints and writes, and what must not bring it down. Through the CLI."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import Result
from helpers_e2e import parse
from typer.testing import CliRunner

import bot.cli.evaluate
from bot.cli.app import app
from desk.domain.words import Act

LAMP, NOISE, FIRE, HELLO, SALE = "路灯不亮", "楼上太吵", "着火了", "早上好", "大甩卖"
TABLE = {
    LAMP: parse("report", 0.9, category="public_facility"),
    NOISE: parse("report", 0.8, category="noise"),
    FIRE: parse("report", 0.99, category="fire_safety", urgency="emergency"),
    SALE: parse("report", 0.7),
}
GOOD = [
    {"text": LAMP, "act": "report", "kind": "service", "category": "public_facility", "urgency": "normal"},
    {"text": NOISE, "act": "report", "kind": "complaint", "category": "noise", "urgency": "normal"},
    {"text": FIRE, "act": "report", "kind": "service", "category": "fire_safety", "urgency": "emergency"},
    {"text": HELLO, "act": "chitchat", "kind": None},
    {"text": SALE, "act": "advert", "id": 7, "note": "unknown keys do no harm"},
]


class Reader:
    """Reads by a table."""

    def read(self, texts: Sequence[str]) -> list[Any]:
        return [{**TABLE.get(text, parse("report" if "<" in text else "chitchat")), "location": {}} for text in texts]


@pytest.fixture(autouse=True)
def loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A table where Rasa would be; counts how often it was loaded."""
    for name in [name for name in os.environ if name.startswith("LINLI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LINLI_HOME", str(tmp_path / "home"))
    found: list[int] = []

    def open_reader(_settings: Any, _progress: Any) -> Reader:
        found.append(1)
        return Reader()

    monkeypatch.setattr(bot.cli.evaluate, "open_reader", open_reader)
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path / "messages.jsonl", GOOD)


def written(path: Path, lines: Sequence[dict[str, Any] | bytes]) -> Path:
    raw = [line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode() for line in lines]
    path.write_bytes(b"\n".join(raw) + b"\n")
    return path


def run(*arguments: str | Path, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)], input=stdin)


# ---------------------------------------------------------------- what it prints


def test_the_text_names_classes_in_chinese_and_confusions_with_an_example(file: Path) -> None:
    result = run(file)
    assert (result.exit_code, result.stderr) == (0, "")
    for said in (
        "5条消息，其中诉求3条，其他2条", "诉求 report", "公共设施 public_facility", "特急 emergency", "投诉 → 服务请求",
        "广告 → 诉求", NOISE, "0.82 现用", "期望校准误差",
    ):  # fmt: skip
        assert said in result.stdout, said


def test_the_json_carries_everything_that_was_measured(file: Path) -> None:
    result = run(file, "--format", "json")
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert set(found) == {"lines", "fields", "hearing", "alarm", "calibration"}
    assert found["lines"] == 5
    assert found["fields"]["act"]["accuracy"] == 0.8
    assert found["hearing"]["default"] == {"threshold": 0.82, "heard": 0.6667, "false_alarms": 0.0}
    assert found["alarm"] == {"emergencies": 1, "seen": 1.0, "others": 2, "false": 0.0}
    [confusion] = found["fields"]["kind"]["confusions"]
    assert confusion == {"gold": "complaint", "predicted": "service", "count": 1, "examples": [NOISE]}


def test_the_threshold_is_the_one_that_is_set(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_SPEAK", "0.75")
    assert json.loads(run(file, "--format", "json").stdout)["hearing"]["default"] == {
        "threshold": 0.75, "heard": 1.0, "false_alarms": 0.0,
    }  # fmt: skip


def test_it_reads_standard_input_and_labels_of_some_fields_only() -> None:
    lines = [{"text": LAMP, "kind": "service"}, {"text": HELLO, "kind": "wish"}]
    result = run("-", "--format", "json", stdin="\r\n".join(json.dumps(line) for line in lines).encode())
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert set(found["fields"]) == {"act", "kind"}
    assert found["fields"]["kind"]["confusions"][0]["predicted"] is None


# ---------------------------------------------------------------- lines that cannot be used

UNUSABLE: dict[str, tuple[dict[str, Any] | bytes, str]] = {
    "blank": (b"", "no_text"),
    "plain text": (LAMP.encode(), "field"),
    "a list": (b"[1]", "field"),
    "broken json": (b'{"text": ', "json"),
    "no utf-8": (b'{"text": "\xff"}', "not_utf8"),
    "no text": ({"act": "report"}, "no_text"),
    "a number for a text": ({"text": 5, "act": "report"}, "no_text"),
    "a blank text": ({"text": " ", "act": "report"}, "no_text"),
    "a text that is too long": ({"text": "灯" * 100_001, "act": "report"}, "too_long"),
    "no label": ({"text": LAMP}, "field"),
    "only empty labels": ({"text": LAMP, "act": None, "kind": None}, "field"),
    "an unknown label": ({"text": LAMP, "act": "singing\nand\u2028dancing"}, "field"),
    "a label of another field": ({"text": LAMP, "category": "wish"}, "field"),
    "a list of labels": ({"text": LAMP, "act": ["report"]}, "field"),
    "a number for a label": ({"text": LAMP, "act": 7}, "field"),
    "a kind of what is no report": ({"text": LAMP, "act": "chitchat", "kind": "wish"}, "field"),
}


@pytest.mark.parametrize(("line", "code"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_line_is_told_and_the_rest_is_measured(tmp_path: Path, line: Any, code: str) -> None:
    result = run(written(tmp_path / "some.jsonl", [GOOD[0], line, *GOOD[1:]]), "--format", "json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["lines"] == len(GOOD)
    [said] = result.stderr.splitlines()
    assert said.startswith(f"第2行用不了（{code}）：")
    assert len(said) < 300


def test_of_many_unusable_lines_the_first_are_told(tmp_path: Path) -> None:
    result = run(written(tmp_path / "some.jsonl", [*GOOD, *([{"text": "没标"}] * 50)]))
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 21
    assert "30" in result.stderr.splitlines()[-1]


@pytest.mark.parametrize("lines", [[], [b""], [{"text": LAMP}, {"text": HELLO}], [b"{"]], ids=str)
def test_a_file_without_one_labelled_line_is_one_line_and_status_2(
    tmp_path: Path, lines: Any, loads: list[int]
) -> None:
    result = run(written(tmp_path / "none.jsonl", lines), "--report", tmp_path / "out.html")
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert "没有一行" in result.stderr
    assert (loads, (tmp_path / "out.html").exists()) == ([], False), "nothing was loaded for nothing"


# ---------------------------------------------------------------- files that cannot be used


@pytest.mark.parametrize("option", ["--report", "--record"])
@pytest.mark.parametrize("name", [".", "nowhere/out", "/proc/nowhere/out", "messages.jsonl/out"])
def test_what_cannot_be_written_is_said_before_the_model_is_loaded(
    file: Path, loads: list[int], option: str, name: str
) -> None:
    result = run(file, option, file.parent / name)
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert "写不了文件" in result.stderr
    assert loads == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk to write on")
def test_a_full_disk_is_one_line_and_status_2(file: Path) -> None:
    result = run(file, "--report", "/dev/full")
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert "写不了文件" in result.stderr


WRONG = {
    "no such file": (["/nowhere/messages.jsonl"], "读不了文件"),
    "a folder": (["/tmp"], "读不了文件"),
    "no such format": (["/dev/null", "--format", "pdf"], "用法不对"),
}


@pytest.mark.parametrize(("arguments", "words"), WRONG.values(), ids=WRONG)
def test_wrong_usage_is_one_line_and_status_2(arguments: list[str], words: str, loads: list[int]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert words in result.stderr
    assert loads == []


def test_a_model_that_is_not_there_is_one_line_and_status_2(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.bootstrap import open_reader

    monkeypatch.setattr(bot.cli.evaluate, "open_reader", open_reader)
    monkeypatch.setenv("LINLI_MODEL", "/nowhere/model.tar.gz")
    result = run(file)
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert "找不到模型" in result.stderr


# ---------------------------------------------------------------- recorded figures


def test_figures_are_recorded_and_may_only_rise(file: Path, tmp_path: Path) -> None:
    record = tmp_path / "recorded.json"
    assert run(file, "--record", record).exit_code == 0
    first = record.read_bytes()
    figures = json.loads(first)
    assert figures["kind"] == {"complaint": 0.0, "service": 0.8}
    assert run(file, "--record", record).exit_code == 0
    assert record.read_bytes() == first

    figures["kind"]["service"] = 0.8006
    figures["act"]["chitchat"] = 0.2
    record.write_text(json.dumps(figures), encoding="utf-8")
    before = record.read_bytes()
    result = run(file, "--record", record)
    assert (result.exit_code, record.read_bytes()) == (2, before)
    [said] = result.stderr.splitlines()
    assert "kind.service" in said
    assert "chitchat" not in said, "better is no reason to refuse"
    assert "弄混最多的" in result.stdout, "who is refused wants to see why"

    assert run(file, "--record", record, "--force").exit_code == 0
    assert record.read_bytes() == first


def test_a_higher_figure_within_the_slack_is_kept(file: Path, tmp_path: Path) -> None:
    record = tmp_path / "recorded.json"
    record.write_text('{"kind": {"service": 0.8005}}', encoding="utf-8")
    assert run(file, "--record", record).exit_code == 0
    assert json.loads(record.read_text(encoding="utf-8"))["kind"] == {"complaint": 0.0, "service": 0.8005}


def test_a_class_that_nobody_measures_any_more_is_not_forgotten(file: Path, tmp_path: Path) -> None:
    record = tmp_path / "recorded.json"
    record.write_text('{"kind": {"wish": 0.8}}', encoding="utf-8")
    result = run(file, "--record", record)
    assert (result.exit_code, record.read_text(encoding="utf-8")) == (2, '{"kind": {"wish": 0.8}}')
    assert "kind.wish" in result.stderr


@pytest.mark.parametrize("content", ["", "[1]", '{"act": 3}'])
def test_a_record_that_is_none_is_one_line_and_status_2(
    file: Path, tmp_path: Path, loads: list[int], content: str
) -> None:
    record = tmp_path / "recorded.json"
    record.write_text(content, encoding="utf-8")
    result = run(file, "--record", record)
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert (record.read_text(encoding="utf-8"), loads) == (content, [])


# ---------------------------------------------------------------- the page

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror="alert(1)">',
    "</svg></table></body></html><h1>我的页</h1>",
    "<!-- --><![CDATA[ ]]> & &amp; &#60;b&#62;",
    "{{ 7 * 7 }}{% raw %}<b>",
    "'); alert(1) <a href='javascript:alert(1)'>点我</a>",
    "\u202e<倒着>\u202c\u0000\u001b[31m\ud800\ufffe",
]


class Tags(HTMLParser):
    """What a browser would see: tags with their attributes, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(path: Path, lines: Sequence[dict[str, Any]]) -> str:
    raw = "\n".join(json.dumps(line) for line in lines)  # ASCII: a lone surrogate stays an escape
    path.write_text(raw + "\n", encoding="utf-8")
    out = path.parent / "page.html"
    result = run(path, "--report", out)
    assert result.exit_code == 0, result.stderr
    return out.read_text(encoding="utf-8")


def test_the_page_escapes_hostile_texts_and_parses(tmp_path: Path) -> None:
    name = "<img src=x> & \"'{{ 1 }}.jsonl"
    page = page_of(tmp_path / name, [*GOOD, *({"text": text, "act": "chitchat"} for text in HOSTILE)])
    plain = Tags(page_of(tmp_path / "plain.jsonl", GOOD))
    found = Tags(page)
    ElementTree.fromstring(page)  # every tag is closed where it was opened
    assert {tag for tag, _attributes in found.tags} <= {tag for tag, _attributes in plain.tags} | {"details", "summary"}
    assert name in found.text
    shown = [text for text in HOSTILE[:5] if text in found.text]
    assert shown == HOSTILE[:5], "the first examples of a confusion are shown as they were written"


def test_texts_that_cannot_be_stored_do_no_harm_to_the_page(tmp_path: Path) -> None:
    page = page_of(tmp_path / "ugly.jsonl", [*GOOD, *({"text": text, "act": "chitchat"} for text in HOSTILE[5:])])
    ElementTree.fromstring(page)
    assert "<倒着>" in Tags(page).text
    assert not set(page) & {"\0", "\x1b", "\ufffe"}


def test_of_many_confusions_the_rest_is_folded_away(tmp_path: Path) -> None:
    others = [act for act in Act if act is not Act.CHITCHAT]
    lines = [{"text": f"{act}不懂", "act": str(act)} for act in others]
    tree = ElementTree.fromstring(page_of(tmp_path / "acts.jsonl", lines))
    [folded] = tree.iter("details")
    examples = {example.text for example in tree.iter("bdi")}
    assert examples == {f"{act}不懂" for act in others}
    assert 0 < len(list(folded.iter("bdi"))) < len(others)
    assert folded[0].text == f"其余{len(list(folded.iter('bdi')))}种"


def test_the_page_needs_nothing_from_elsewhere(file: Path, tmp_path: Path) -> None:
    page = page_of(tmp_path / "messages.jsonl", GOOD)
    links = {"src", "href", "srcset", "data", "action", "poster", "xlink:href", "background"}
    targets = [value for _tag, found in Tags(page).tags for name, value in found.items() if name in links]
    assert targets
    assert all(target and target.startswith("#") for target in targets)
    assert "url(" not in page
    assert "@import" not in page
    assert not [tag for tag, _found in Tags(page).tags if tag in ("script", "link", "iframe", "object", "embed", "img")]


def test_the_page_draws_curve_and_calibration(tmp_path: Path) -> None:
    tree = ElementTree.fromstring(page_of(tmp_path / "messages.jsonl", GOOD))
    curve, calibration = tree.iter("svg")
    [line] = curve.iter("polyline")
    places = [tuple(map(float, pair.split(","))) for pair in line.attrib["points"].split()]
    assert len(places) > 100
    _left, _top, width, height = map(float, curve.attrib["viewBox"].split())
    assert all(0 <= x <= width and 0 <= y <= height for x, y in places)
    assert places[0][0] > places[-1][0], "a higher threshold gives fewer false alarms"
    assert places[0][1] < places[-1][1], "and hears less: further down"
    assert len(list(calibration.iter("rect"))) == 4, "0.7, 0.8, 0.9 and 0.99"
    anchors = {f"#{section.attrib['id']}" for section in tree.iter("section") if "id" in section.attrib}
    assert {link.attrib["href"] for link in tree.iter("a")} == anchors == {"#act", "#kind", "#category", "#urgency"}


@pytest.mark.parametrize(
    "lines", [GOOD[:1], [{"text": HELLO, "act": "chitchat"}], [{"text": FIRE, "urgency": "emergency"}]], ids=str
)
def test_a_page_of_one_side_says_that_there_is_no_curve(tmp_path: Path, lines: list[dict[str, Any]]) -> None:
    page = page_of(tmp_path / "one.jsonl", lines)
    assert len(list(ElementTree.fromstring(page).iter("svg"))) == 1
    assert "才画得出" in page
