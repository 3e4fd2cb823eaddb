"""Rasa's check of an action's answer: the same verdicts as Rasa's own, the schema looked at once."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import ValidationError, validate
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction

from nlu import answers

pytestmark = pytest.mark.slow

OURS = {"events": [], "responses": [{"custom": {"row": 1, "effect": {"outcome": "filed"}}}]}
SLOT = {"events": [{"event": "slot", "name": "a", "value": 1, "timestamp": None}], "responses": []}


def _verdict(check: Any, answer: Any) -> bool:
    try:
        check(answer)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("answer", "good"),
    [
        (OURS, True),
        (SLOT, True),
        ({}, True),
        ([], False),
        ({"responses": {}}, False),
        ({"responses": ["x"]}, False),
        ({"events": [{"event": "no such event"}]}, False),
        ({"events": [{"name": "slot without a kind"}]}, False),
    ],
)
def test_what_rasa_takes_is_taken_and_what_it_refuses_is_refused(answer: Any, good: bool) -> None:
    answers.check_schema_once()
    action = RemoteAction("action_report", None)
    assert _verdict(action._validate_action_result, answer) is good
    assert _verdict(lambda one: validate(one, RemoteAction.action_response_format_spec()), answer) is good


def test_the_schema_itself_is_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = validator_for(RemoteAction.action_response_format_spec())
    checked = []
    check = kind.check_schema
    monkeypatch.setattr(kind, "check_schema", lambda schema, *more: (checked.append(schema), check(schema, *more)))
    answers._validator.cache_clear()
    answers.check_schema_once()
    for _ in range(3):
        assert RemoteAction("action_report", None)._validate_action_result(OURS) is True
    assert len(checked) == 1
