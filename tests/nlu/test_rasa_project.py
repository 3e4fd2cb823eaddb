"""The project as a Rasa user finds it: valid, and its stories go as they are written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers_e2e import trained_model

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
RASA = Path(sys.executable).with_name("rasa")


def rasa(*words: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [str(RASA), *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=900, check=False
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy, because Rasa writes where it works."""
    for name in ("config.yml", "domain.yml", "endpoints.yml", "credentials.yml"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "data", tmp_path / "data")
    shutil.copytree(ROOT / "nlu", tmp_path / "nlu")
    return tmp_path


def test_the_data_is_valid(project: Path) -> None:
    done = rasa("data", "validate", "--fail-on-warnings", folder=project)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_stories_go_as_written(project: Path) -> None:
    done = rasa("test", "core", "--model", str(trained_model()), "--stories", "data/stories.yml", folder=project)
    assert done.returncode == 0, done.stderr[-2000:]
    failed = (project / "results" / "failed_test_stories.yml").read_text(encoding="utf-8")
    assert "None of the test stories failed" in failed
