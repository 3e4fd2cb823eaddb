"""Our importer of sentences: what Rasa's own finds in the same files, or the error that Rasa has for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.shared.exceptions import YamlException
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.importers.rasa import RasaFileImporter

from nlu.importer import SentenceImporter

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

PLAIN = """\
version: "3.1"
nlu:
- intent: report
  metadata: {kind: service, category: elevator, urgency: normal}
  examples: |
    - 三号楼电梯又停了
    - [捂脸]灯也不亮
    - 三号楼电梯又停了
- intent: chitchat
  examples: |
    - 今天真热
"""

WITH_MORE = """\
version: "3.1"
nlu:
- intent: claim
  examples: |
    - 我去[三号楼](building)看看
- synonym: 三号楼
  examples: |
    - 3号楼
- regex: phone
  examples: |
    - \\d{11}
"""


def test_it_finds_what_rasa_finds(tmp_path: Path) -> None:
    (tmp_path / "plain.yml").write_text(PLAIN, encoding="utf-8")
    (tmp_path / "more.yml").write_text(WITH_MORE, encoding="utf-8")
    ours, theirs = (kind(None, None, [str(tmp_path)]).get_nlu_data() for kind in (SentenceImporter, RasaFileImporter))
    assert len(ours.intent_examples) == 4
    assert (ours.entity_synonyms, ours.regex_features) == (theirs.entity_synonyms, theirs.regex_features)
    assert ours.fingerprint() == theirs.fingerprint()


@pytest.mark.parametrize(
    "text",
    [
        'version: "3.1"\nnlu: [unclosed',
        'version: "3.1"\nnlu:\n- intent: report\n  examples: {a: b}\n',
        'version: "3.1"\nnlu:\n- intent: report\n  example: |\n    - a\n',
        'version: "3.1"\nnlu: report\n',
    ],
)
def test_a_broken_file_is_the_error_that_rasa_has_for_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "broken.yml").write_text(text, encoding="utf-8")
    for kind in (RasaFileImporter, SentenceImporter):
        with pytest.raises(YamlException):
            kind(None, None, [str(tmp_path)]).get_nlu_data()


def test_rasa_uses_it() -> None:
    found = TrainingDataImporter.load_from_config(str(ROOT / "config.yml"))
    innermost = found.importer._importer._importers  # type: ignore[attr-defined] # Rasa's wrappers
    assert [type(one).__name__ for one in innermost] == ["SentenceImporter"]
