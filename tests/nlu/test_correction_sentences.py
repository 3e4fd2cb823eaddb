"""Rasa reads the corrections as they were written: no entity, no variable, no sentence of their own making."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu.learning import as_nlu
from nlu.nearness import Example

pytestmark = pytest.mark.slow

PLAIN = [
    "三号楼电梯又坏了😭", "${HOME} 也没用", "$HOME", "- 又停水了", "# 灯坏了", "\"坏了\" '没人管'", "a: b", "{}", "[]", "!tag", "&a *a",
    "\\u4e00\\n", "no", "1", "nlu: 停水", "rules: 停电", "问一下|在哪", "%s %d", "…", "\ufeff", "/report", "\ue000", "𠮷野家太吵",
]  # fmt: skip
ANNOTATED = ["[微笑](呵)", "[捂脸][捂脸]", '[哭]{"entity": "x"}', "[哭]{坏了", "[a](b:c)", "[哭]{坏了}"]
EVERY = [*PLAIN, *ANNOTATED]


@pytest.mark.parametrize("texts", [EVERY, *([text] for text in EVERY)], ids=["all", *EVERY])
def test_rasa_reads_what_was_written(texts: list[str], tmp_path: Path) -> None:
    from rasa.shared.importers.rasa import RasaFileImporter
    from rasa.shared.nlu.training_data.message import Message

    kinds = {"kind": "wish", "category": "pets", "urgency": "normal"}
    examples = [Example(text, "chitchat", None, None, None, "") for text in texts]
    examples += [Example(text + "!", "report", **kinds, file="") for text in texts]
    (tmp_path / "corrections.yml").write_text(as_nlu(examples), encoding="utf-8")
    found: list[Message] = RasaFileImporter(training_data_paths=[str(tmp_path)]).get_nlu_data().training_examples

    assert [(m.get("intent"), m.get("text")) for m in found] == [
        (e.act, e.text.replace("](", "] (").replace("][", "] [").replace("]{", "] {")) for e in examples
    ]
    assert [m.get("entities") for m in found if m.get("entities")] == []
    matters = [(m.get("metadata") or {}).get("intent") for m in found]
    assert matters == [None] * len(texts) + [kinds] * len(texts)
