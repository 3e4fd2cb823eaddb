"""Gives Rasa the training sentences: every file is read once, and by libyaml.

Rasa reads each file of sentences twelve times (to see what it is, to check it against a schema, for every wrapper of
its importer) with a YAML reader written in Python: two minutes for 33,000 sentences. `config.yml` names this importer,
so that `rasa train` and `rasa data validate` use it as well. What is said of a sentence is still Rasa's to decide.
"""

from __future__ import annotations

from typing import Any

import yaml
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.importers.utils import training_data_from_paths
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import cached_method


class SentenceImporter(RasaFileImporter):
    """Rasa's importer of files, quick where a file holds nothing but sentences."""

    @cached_method
    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """All sentences.

        Raises:
            YamlException: a file is no YAML or not as Rasa wants it.
        """
        readers = {path: _Reader() for path in self._nlu_files}
        others = [path for path, reader in readers.items() if not reader.takes(path)]
        plain = TrainingData([message for reader in readers.values() for message in reader.training_examples])
        return plain.merge(training_data_from_paths(others, language or "en")) if others else plain


class _Reader(RasaYAMLReader):
    """Rasa's reader without its check of the schema, for files that plainly keep to it."""

    def takes(self, path: str) -> bool:
        """Reads the file; False, and nothing is read, where it may be anything but acts with lines of sentences."""
        self.filename = path
        try:
            with open(path, encoding="utf-8") as file:
                document = yaml.load(file, Loader=yaml.CSafeLoader)
        except (yaml.YAMLError, UnicodeDecodeError):
            return False
        if not _is_plain(document):
            return False
        self._parse_nlu(document["nlu"])
        return True


def _is_plain(document: Any) -> bool:
    if not isinstance(document, dict) or set(document) != {"version", "nlu"} or not isinstance(document["nlu"], list):
        return False
    return document["version"] == "3.1" and all(map(_is_plain_block, document["nlu"]))


def _is_plain_block(block: Any) -> bool:
    if not isinstance(block, dict) or not {"intent", "examples"} <= set(block) <= {"intent", "examples", "metadata"}:
        return False
    return isinstance(block["intent"], str) and isinstance(block["examples"], str)
