"""What is understood of the test set may only become more: the F1 of each class against what was recorded.

After a change for the better: linli evaluate tests/nlu/messages.jsonl --record tests/nlu/recorded.json
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers_e2e import trained_model

from bot.bootstrap import open_reader
from bot.cli.evaluate import judged, read_labelled
from bot.gateway.transcript import lines_of
from bot.settings import read_settings
from nlu.evaluation import evaluate
from nlu.recorded import figures_of, read_figures, worse

HERE = Path(__file__).parent
MESSAGES, RECORDED = HERE / "messages.jsonl", HERE / "recorded.json"


@pytest.mark.slow
def test_no_class_is_worse_than_recorded() -> None:
    with MESSAGES.open("rb") as stream:
        messages, problems = read_labelled(lines_of(stream))
    assert problems == []
    settings = replace(read_settings({}), model=trained_model())
    reader = open_reader(settings, lambda _step: None)
    evaluation = evaluate(judged(reader, messages, settings.speak_from), settings.speak_from)
    recorded = read_figures(RECORDED)
    assert {field: len(table) for field, table in recorded.items()} == {
        "act": 17,
        "kind": 6,
        "category": 22,
        "urgency": 3,
    }
    assert worse(recorded, figures_of(evaluation)) == []
