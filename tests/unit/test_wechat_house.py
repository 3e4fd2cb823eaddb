"""wechaty behind one file, and a peer whose packages come from whatever registry is set."""

from __future__ import annotations

import ast
import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
PEER = ROOT / "tests" / "peers" / "wechaty"


def modules(path: Path) -> set[str]:
    """The first names of everything that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_wechaty_is_imported_in_one_file() -> None:
    files = [path for folder in ("actions", "bot", "desk", "nlu") for path in (ROOT / folder).rglob("*.py")]
    knowing = [path for path in files if any(name.startswith("wechaty") for name in modules(path))]
    assert [path.relative_to(ROOT).as_posix() for path in knowing] == ["bot/channels/wechat_client.py"]


def test_what_is_pure_imports_nothing_that_talks() -> None:
    for name in ("wechat_mapping", "wechat_quote"):
        assert not modules(ROOT / "bot" / "channels" / f"{name}.py") & {"asyncio", "threading", "httpx", "os", "socket"}


def test_the_lock_of_the_peer_names_no_host() -> None:
    lock = json.loads((PEER / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: facts for name, facts in lock["packages"].items() if name}
    assert len(packages) > 200
    assert not [name for name, facts in packages.items() if "resolved" in facts]
    assert all(facts["integrity"].startswith("sha512-") for facts in packages.values())
    assert "omit-lockfile-registry-resolved=true" in (PEER / ".npmrc").read_text(encoding="utf-8")
    assert lock["packages"][""]["dependencies"] == json.loads((PEER / "package.json").read_text())["dependencies"]
