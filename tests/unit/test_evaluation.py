"""Measuring, on examples that are small enough to be reckoned by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli.evaluation_words import label_name, level
from desk.domain.words import Act, Category, Kind, Urgency
from nlu.evaluation import EXAMPLES, Judged, evaluate
from nlu.recorded import RecordUnusable, as_json, figures_of, raised, read_figures, worse


def judged(text: str, gold: dict[str, str], confidence: float, act: str, **said: str) -> Judged:
    return Judged(text, gold, {"act": act, **said}, confidence)


def report(text: str, confidence: float, act: str = "report", *, right: str = "service", **said: str) -> Judged:
    return judged(text, {"act": "report", "kind": right}, confidence, act, **said)


SIX = [
    report("灯坏了", 0.9, kind="service"),
    report("太吵了", 0.8, right="complaint", kind="service"),
    report("没人管", 0.6, "chitchat", right="complaint"),
    judged("饭糊了", {"act": "chitchat"}, 0.7, "report"),
    judged("早上好", {"act": "chitchat"}, 0.95, "chitchat"),
    judged("大甩卖", {"act": "advert"}, 0.5, "chitchat"),
]


# ---------------------------------------------------------------- classes


def test_precision_recall_and_f1_of_each_class() -> None:
    found = evaluate(SIX, 0.65).fields["act"]
    by_label = {one.label: one for one in found.classes}
    assert [one.label for one in found.classes] == ["report", "chitchat", "advert"], "the frequent ones first"
    # report: two of three found, one of three wrong
    right = by_label["report"]
    assert (right.precision, right.recall, right.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert (right.support, right.predicted) == (3, 3)
    # chitchat: one of two found, two of three wrong: 2 · 1/3 · 1/2 / (1/3 + 1/2)
    right = by_label["chitchat"]
    assert (right.precision, right.recall, right.f1) == pytest.approx((1 / 3, 1 / 2, 0.4))
    assert (right.support, right.predicted) == (2, 3)
    right = by_label["advert"]
    assert (right.precision, right.recall, right.f1, right.support, right.predicted) == (0, 0, 0, 1, 0)


def test_accuracy_and_macro_f1() -> None:
    found = evaluate(SIX, 0.65).fields
    assert (found["act"].lines, found["act"].accuracy) == (6, 0.5)
    assert found["act"].macro_f1 == pytest.approx((2 / 3 + 0.4 + 0) / 3)
    # of the kinds only the reports: service found with half its precision, complaint never
    assert (found["kind"].lines, found["kind"].accuracy) == (3, pytest.approx(1 / 3))
    assert found["kind"].macro_f1 == pytest.approx((2 / 3 + 0) / 2)


def test_a_class_that_never_is_right_is_shown_and_left_out_of_the_mean() -> None:
    messages = [
        judged("一", {"kind": "wish"}, 0.9, "report", kind="wish"),
        judged("二", {"kind": "wish"}, 0.9, "report", kind="praise"),
    ]
    kinds = evaluate(messages, 0.5).fields["kind"]
    assert [(one.label, one.support, one.predicted) for one in kinds.classes] == [("wish", 2, 1), ("praise", 0, 1)]
    assert kinds.macro_f1 == kinds.classes[0].f1 == pytest.approx(2 / 3)


def test_nothing_said_is_wrong_and_nobodys_false_positive() -> None:
    kinds = evaluate(SIX, 0.65).fields["kind"]
    assert [one.label for one in kinds.classes] == ["complaint", "service"]
    assert [(one.gold, one.predicted, one.count) for one in kinds.confusions] == [
        ("complaint", None, 1),
        ("complaint", "service", 1),
    ]


def test_confusions_come_by_their_number_with_a_few_texts() -> None:
    messages = [judged(f"广告{n}", {"act": "advert"}, 0.9, "chitchat") for n in range(EXAMPLES + 2)]
    messages += [judged("问问", {"act": "query"}, 0.9, "urge"), *SIX[:1]]
    first, second = evaluate(messages, 0.65).fields["act"].confusions
    assert (first.gold, first.predicted, first.count) == ("advert", "chitchat", EXAMPLES + 2)
    assert first.examples == ("广告0", "广告1", "广告2", "广告3", "广告4")
    assert (second.gold, second.predicted, second.count, second.examples) == ("query", "urge", 1, ("问问",))


# ---------------------------------------------------------------- labels that are missing


def test_a_kind_without_an_act_is_a_reports() -> None:
    messages = [
        judged("灯坏了", {"kind": "service"}, 0.9, "report", kind="service"),
        judged("嗯", {"kind": "wish"}, 0.9, "chitchat"),
    ]
    found = evaluate(messages, 0.65)
    assert set(found.fields) == {"act", "kind"}
    assert (found.hearing.reports, found.hearing.others, found.hearing.default.heard) == (2, 0, 0.5)
    assert found.fields["kind"].accuracy == 0.5


def test_labels_of_what_is_no_report_do_not_count() -> None:
    message = judged("早", {"act": "chitchat", "urgency": "emergency"}, 0.9, "report", urgency="emergency")
    assert set(evaluate([message], 0.65).fields) == {"act"}
    assert evaluate([message], 0.65).alarm is None


def test_lines_without_a_label_do_not_count_and_none_with_one_is_an_error() -> None:
    assert evaluate([*SIX, judged("谁知道", {}, 0.9, "report")], 0.65) == evaluate(SIX, 0.65)
    with pytest.raises(ValueError, match="label"):
        evaluate([judged("谁知道", {}, 0.9, "report")], 0.65)


# ---------------------------------------------------------------- hearing and alarm


@pytest.mark.parametrize(
    ("threshold", "heard", "false_alarms"),
    [(0.0, 2 / 3, 1 / 3), (0.65, 2 / 3, 1 / 3), (0.7, 2 / 3, 1 / 3), (0.75, 2 / 3, 0), (0.85, 1 / 3, 0), (0.91, 0, 0)],
)
def test_heard_and_false_alarms_at_a_threshold(threshold: float, heard: float, false_alarms: float) -> None:
    hearing = evaluate(SIX, threshold).hearing
    assert (hearing.reports, hearing.others) == (3, 3)
    assert (hearing.default.heard, hearing.default.false_alarms) == pytest.approx((heard, false_alarms))
    [point] = [point for point in hearing.curve if point.threshold == threshold]
    assert point == hearing.default


def test_the_curve_falls_and_finds_the_quiet_threshold() -> None:
    hearing = evaluate(SIX, 0.65).hearing
    assert [p.threshold for p in hearing.curve] == sorted({p.threshold for p in hearing.curve})
    heard = [point.heard or 0.0 for point in hearing.curve]
    assert heard == sorted(heard, reverse=True)
    quiet = hearing.within(0.01)
    assert quiet is not None
    assert (quiet.threshold, quiet.false_alarms) == (0.71, 0), "the false alarm has a confidence of 0.70"


def test_without_others_there_is_no_share_of_false_alarms() -> None:
    hearing = evaluate(SIX[:3], 0.65).hearing
    assert (hearing.default.false_alarms, hearing.within(0.01)) == (None, None)
    assert evaluate(SIX[3:], 0.65).hearing.default.heard is None


def test_emergencies_seen_and_false_ones() -> None:
    said = ["emergency", "normal", None, "emergency", "normal", "urgent", "normal"]
    right = ["emergency"] * 3 + ["normal", "normal", "normal", "urgent"]
    messages = [
        Judged("急", {"urgency": g}, {"act": "report", "urgency": s}, 0.9) for g, s in zip(right, said, strict=True)
    ]
    alarm = evaluate(messages, 0.65).alarm
    assert alarm is not None
    assert (alarm.emergencies, alarm.seen) == (3, pytest.approx(1 / 3))
    assert (alarm.others, alarm.false) == (4, 0.25)


# ---------------------------------------------------------------- calibration


def test_the_expected_calibration_error() -> None:
    """Each of the six is alone in its bin: gaps of 0.1, 0.2, 0.6, 0.7, 0.05 and 0.5."""
    found = evaluate(SIX, 0.65).calibration
    assert [one.count for one in found.bins] == [0, 0, 0, 0, 1, 1, 1, 1, 1, 1]
    assert found.error == pytest.approx(2.15 / 6)


def test_a_bin_has_a_mean_and_a_share() -> None:
    messages = [report("一", 0.95), report("二", 0.93, "chitchat"), report("三", 0.25, "chitchat")]
    found = evaluate(messages, 0.65).calibration
    last = found.bins[9]
    assert (last.low, last.high, last.count) == (0.9, 1.0, 2)
    assert (last.confidence, last.accuracy) == pytest.approx((0.94, 0.5))
    assert found.error == pytest.approx((2 * 0.44 + 0.25) / 3)
    assert (found.bins[0].confidence, found.bins[0].accuracy) == (None, None)


@pytest.mark.parametrize("tenth", range(11))
def test_a_confidence_at_the_end_of_a_bin_is_inside(tenth: int) -> None:
    counts = [one.count for one in evaluate([report("一", tenth / 10)], 0.65).calibration.bins]
    assert counts.index(1) == max(0, tenth - 1)


def test_what_is_written_down_is_json_with_rounded_shares() -> None:
    found = json.loads(json.dumps(evaluate(SIX, 0.65).as_dict()))
    assert found["fields"]["act"]["macro_f1"] == 0.3556
    assert found["fields"]["act"]["classes"][0]["f1"] == 0.6667
    assert found["hearing"]["default"] == {"threshold": 0.65, "heard": 0.6667, "false_alarms": 0.3333}
    assert found["alarm"] is None


# ---------------------------------------------------------------- recorded figures


def test_the_figures_are_the_f1_of_what_occurs() -> None:
    assert figures_of(evaluate(SIX, 0.65)) == {
        "act": {"advert": 0.0, "chitchat": 0.4, "report": 0.6667},
        "kind": {"complaint": 0.0, "service": 0.6667},
    }


RECORDED = {"act": {"report": 0.9, "urge": 0.8}, "kind": {"wish": 0.7}}


@pytest.mark.parametrize(
    ("now", "fallen"),
    [
        ({"act": {"report": 0.9, "urge": 0.8}, "kind": {"wish": 0.7}}, []),
        ({"act": {"report": 0.8995, "urge": 0.9}, "kind": {"wish": 0.7, "praise": 0.1}}, []),
        ({"act": {"report": 0.8994, "urge": 0.9}, "kind": {"wish": 1.0}}, ["act.report 0.9000 → 0.8994"]),
        ({"act": {"report": 0.9}}, ["act.urge 0.8000 → -", "kind.wish 0.7000 → -"]),
    ],
)
def test_a_class_may_not_become_worse_nor_be_lost(now: dict[str, dict[str, float]], fallen: list[str]) -> None:
    assert worse(RECORDED, now) == fallen


def test_small_steps_down_do_not_add_up() -> None:
    figures = RECORDED
    for step in range(1, 5):
        now = {"act": {"report": 0.9 - step * 0.0004, "urge": 0.85}, "kind": {"wish": 0.7}}
        if step == 1:
            assert worse(figures, now) == []
            figures = raised(figures, now)
        else:
            assert len(worse(figures, now)) == 1
    assert figures == {"act": {"report": 0.9, "urge": 0.85}, "kind": {"wish": 0.7}}


def test_figures_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "recorded.json"
    assert read_figures(path) == {}
    path.write_text(as_json(RECORDED), encoding="utf-8")
    assert read_figures(path) == RECORDED


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"act": 1}', '{"act": {"report": "good"}}', '{"act": {"report": 7}}', "\ud800"]
)
def test_a_file_that_holds_something_else_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "recorded.json"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(RecordUnusable):
        read_figures(path)


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("field", "words"), [("act", Act), ("kind", Kind), ("category", Category), ("urgency", Urgency)]
)
def test_every_label_has_a_name(field: str, words: type[Act]) -> None:
    names = [label_name(field, str(label)) for label in words]
    assert len(set(names)) == len(names)
    assert not set(names) & {str(label) for label in words}


@pytest.mark.parametrize(
    ("threshold", "said"), [(0.65, "0.65"), (0.3, "0.30"), (0.973, "0.973"), (1.0, "1.00"), (0.0, "0.00")]
)
def test_a_threshold_as_it_is_set(threshold: float, said: str) -> None:
    assert level(threshold) == said
