"""Learning from corrections without a model: what may be learnt, how it is written, what changed, who decides."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.learn import refusal
from nlu import engine
from nlu.evaluation import Judged
from nlu.learning import ClassChange, as_nlu, class_changes, count_right, rereadings, usable
from nlu.nearness import Example, near_pairs, read_training
from nlu.recorded import Figures, worse
from nlu.summary import mask

TEST_SET = ["三号楼电梯又坏了，按半天没反应", "谁家的猫跑出来了"]


def no_request(text: str) -> Example:
    return Example(text, "chitchat", None, None, None, "corrections")


def report(text: str, kind: str = "complaint", category: str = "noise") -> Example:
    return Example(text, "report", kind, category, "normal", "corrections")


# --- what may be learnt


def test_what_measures_does_not_train() -> None:
    near = "三号楼电梯又坏了，按半天都没反应"
    assert near_pairs(TEST_SET, [near]) != []
    far = report("楼上半夜拖椅子")
    assert usable([no_request(TEST_SET[1]), far, report(near)], TEST_SET) == [far]


def test_the_last_word_about_the_same_words_stands() -> None:
    first, other, last = no_request("楼上半夜拖椅子"), report("门口堆垃圾"), report("楼上半夜拖椅子")
    assert usable([first, other, last], TEST_SET) == [last, other]


def test_nothing_to_learn() -> None:
    assert usable([], TEST_SET) == []


# --- as sentences


def read_back(folder: Path, examples: list[Example]) -> list[Example]:
    (folder / "corrections.yml").write_text(as_nlu(examples), encoding="utf-8")
    return [example._replace(file="corrections") for example in read_training(folder)]


def test_written_as_training_sentences(tmp_path: Path) -> None:
    examples = [
        no_request("谁借我一根葱"),
        report("楼上拖椅子"),
        no_request("西瓜熟了"),
        report("灯坏了", "service", "utilities"),
    ]
    found = read_back(tmp_path, examples)
    assert sorted(found) == sorted(examples)


@given(st.lists(st.text(min_size=1, max_size=60).map(mask).filter(bool), min_size=1, unique=True))
def test_whatever_people_write_stays_one_sentence(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    found = read_back(tmp_path_factory.mktemp("nlu"), [no_request(text) for text in texts])
    assert len(found) == len(texts)
    for text, example in zip(texts, found, strict=True):
        assert example.text.replace(" ", "") == text.replace(" ", "")


# --- what changed

BEFORE: Figures = {"act": {"report": 0.95, "chitchat": 0.9}, "kind": {"wish": 0.8, "praise": 1.0}}


def test_a_class_that_changed_is_named_the_greatest_loss_first() -> None:
    after: Figures = {"act": {"report": 0.96, "chitchat": 0.88}, "kind": {"wish": 0.8, "praise": 0.9}}
    assert class_changes(BEFORE, after) == [
        ClassChange("kind", "praise", 1.0, 0.9), ClassChange("act", "chitchat", 0.9, 0.88),
        ClassChange("act", "report", 0.95, 0.96),
    ]  # fmt: skip
    assert class_changes(BEFORE, BEFORE) == []


def judged(text: str, gold: str, said: str) -> Judged:
    def labels(words: str) -> Mapping[str, str]:
        return dict(zip(("act", "kind", "category", "urgency"), words.split(), strict=False))

    return Judged(text, labels(gold), {**dict.fromkeys(("act", "kind", "category", "urgency")), **labels(said)}, 0.9)


REPORT = "report service noise normal"


def test_a_message_that_is_read_differently_is_named() -> None:
    before = [judged("一", REPORT, REPORT), judged("二", "chitchat", REPORT), judged("三", "claim", "chitchat")]
    after = [judged("一", REPORT, REPORT), judged("二", "chitchat", "chitchat"), judged("三", "claim", "second")]
    assert rereadings(before, after) == [
        ("二", tuple(REPORT.split()), ("chitchat",), ("chitchat",)), ("三", ("chitchat",), ("second",), ("claim",)),
    ]  # fmt: skip
    assert (count_right(before), count_right(after)) == (1, 2)


@pytest.mark.parametrize("field", ["kind", "category", "urgency"])
def test_every_label_of_a_report_counts(field: str) -> None:
    other = {"kind": "wish", "category": "pets", "urgency": "urgent"}[field]
    words = REPORT.replace({"kind": "service", "category": "noise", "urgency": "normal"}[field], other)
    before, after = [judged("一", REPORT, words)], [judged("一", REPORT, REPORT)]
    assert len(rereadings(before, after)) == 1
    assert (count_right(before), count_right(after)) == (0, 1)


# --- who decides


@pytest.mark.parametrize(
    ("loss", "agreed", "terminal", "says", "wanted"),
    [
        (0.0, True, False, None, None),
        (0.0005, True, False, None, None),
        (0.0006, True, False, None, "worse"),
        (0.0, True, True, None, None),
        (0.0, False, True, True, None),
        (0.0, False, True, False, "declined"),
        (0.0, False, False, None, "unasked"),
        (0.02, False, True, None, "worse"),
        (0.02, False, False, None, "worse"),
    ],
)
def test_kept_only_when_nothing_fell_and_somebody_agrees(
    loss: float, agreed: bool, terminal: bool, says: bool | None, wanted: str | None
) -> None:
    after: Figures = {**BEFORE, "kind": {"wish": 0.8 - loss, "praise": 1.0}}

    def ask() -> bool:
        assert says is not None, "nobody is to be asked"
        return says

    assert refusal(worse(BEFORE, after), agreed=agreed, terminal=terminal, ask=ask) == wanted


# --- where it is kept


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project" / "data").mkdir(parents=True)
    (tmp_path / "project" / "config.yml").write_text("language: zh\n", encoding="utf-8")
    return tmp_path / "project"


def test_what_learnt_corrections_goes_first_while_the_project_stays(project: Path, tmp_path: Path) -> None:
    models, made = tmp_path / "models", tmp_path / "made.tar.gz"
    made.write_bytes(b"a model")
    base = engine.base_path(models, project)
    assert engine.model_path(models, project) == base
    corrected = engine.corrected_path(models, project)
    engine.keep(made, corrected)
    assert engine.model_path(models, project) == corrected
    assert corrected.name == f"linli-{engine.fingerprint(project)}+corrections.tar.gz"
    assert (corrected.read_bytes(), sorted(models.iterdir())) == (b"a model", [corrected])
    (project / "data" / "more.yml").write_text("nlu: []\n", encoding="utf-8")
    assert engine.model_path(models, project) == engine.base_path(models, project) != base
