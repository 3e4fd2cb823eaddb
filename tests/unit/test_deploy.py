"""What deploy/ promises: nobody is root, nothing is writable that need not be, no open port, no secret in a file."""

from __future__ import annotations

import configparser
import re
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SECRET = re.compile(r"PASSWORD|TOKEN|SECRET")


def unit(path: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text(encoding="utf-8"))
    return parser["Service"]


def test_everything_is_there() -> None:
    assert {path.stem for path in UNITS} == {"linli", "linli-actions", "linli-rasa"}
    assert set(SERVICES) == {"postgres", "rasa", "actions", "gateway", "wechaty"}


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_is_confined(path: Path) -> None:
    found = unit(path)
    assert found["User"] == "linli"
    assert found["ProtectSystem"] == "strict"
    assert found["CapabilityBoundingSet"] == ""
    assert {found[name] for name in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices")} == {"yes"}
    assert found["StateDirectory"] == "linli"
    assert found["EnvironmentFile"] == "/etc/linli/linli.env"
    assert not SECRET.search(found["Environment"])
    assert "0.0.0.0" not in path.read_text(encoding="utf-8")


def test_the_servers_of_the_units_listen_on_loopback() -> None:
    units = {path.stem: unit(path) for path in UNITS}
    assert "-i 127.0.0.1" in units["linli-rasa"]["ExecStart"]
    assert "SANIC_HOST=127.0.0.1" in units["linli-actions"]["Environment"]
    assert "LINLI_METRICS_HOST" not in units["linli"]["Environment"]
    assert int(units["linli"]["TimeoutStopSec"]) >= 20


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_container_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["user"].split(":")[0] not in ("", "0", "root")
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert not [volume for volume in service.get("volumes", []) if volume.startswith(("/", "."))]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_secrets_come_from_the_environment(name: str) -> None:
    for key, value in SERVICES[name].get("environment", {}).items():
        if SECRET.search(key) or "URL" in key:
            assert re.search(r"\$\{\w+:[?-]", value) or ("@" not in value and not SECRET.search(key)), key


def test_rasa_and_actions_listen_on_their_loopback() -> None:
    assert "-i 127.0.0.1" in SERVICES["rasa"]["entrypoint"][-1]
    assert SERVICES["actions"]["environment"]["SANIC_HOST"] == "127.0.0.1"
    assert SERVICES["gateway"]["network_mode"] == SERVICES["actions"]["network_mode"] == "service:rasa"
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == ["inside"]


def test_every_setting_that_is_named_exists() -> None:
    known = set(re.findall(r"LINLI_\w+", str(settings.__doc__)))
    text = "".join(path.read_text(encoding="utf-8") for path in DEPLOY.rglob("*") if path.is_file())
    assert set(re.findall(r"\bLINLI_\w+", text)) <= known


def test_the_image_does_not_run_as_root_and_installs_what_is_locked() -> None:
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("USER")][-1] == "USER 10001"
    assert any("--require-hashes" in line for line in lines)
    for line in lines:
        if line.startswith("COPY") and "--from" not in line:
            assert all((ROOT / name).exists() for name in line.split()[1:-1]), line


def test_no_file_is_executable_or_hidden() -> None:
    files = [path for path in DEPLOY.rglob("*") if path.is_file()]
    assert not [path for path in files if path.name.startswith(".") or path.stat().st_mode & stat.S_IXUSR]
