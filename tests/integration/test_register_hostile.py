"""Register files that are broken or mean harm: nothing but RegisterInvalid comes of them, and soon."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from desk.domain.errors import RegisterInvalid
from desk.services.register_file import SHEETS, read_register

SHEETS_WHOLE: dict[str, list[list[Any]]] = {
    "community": [["code", "name"], [220103001001, "幸福里社区"]],
    "members": [["id", "name", "roles"], ["zhang", "张伟", "officer"], ["li", "李娜", "staff"], [3.0, "孙丽", "staff"]],
    "grids": [["code", "name", "officer", "helpers"], ["g1", "第一网格", "zhang", "li，3"]],
    "covers": [["grid", "estate", "buildings"], ["g1", "幸福里", "1-3,8,12A,A-C"]],
}


def book(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    """Writes sheets to a file."""
    workbook = Workbook()
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


def problems_of(error: pytest.ExceptionInfo[RegisterInvalid]) -> list[dict[str, Any]]:
    """The problems that were raised."""
    return list(error.value.facts["problems"])


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\ncommunity: *b"


@pytest.mark.parametrize(
    ("name", "data", "reason", "where"),
    [
        ("r.yml", b"a: b\n\xff\xfe", "not_utf8", "line 2"),
        ("r.yml", "community: 社区".encode("gbk"), "not_utf8", "line 1"),
        ("r.yml", b"a: b\n  c: [", "not_yaml", "line 2"),
        ("r.yml", b"a: \x00", "not_yaml", None),
        ("r.yml", b"\x89PNG\r\n", "not_utf8", "line 1"),
        ("r.yml", BOMB.encode(), "anchor", "line 1"),
        ("r.yml", b"a: *nobody", "anchor", "line 1"),
        ("r.yml", b"a: !!python/object/apply:os.system [ls]", "tag", "line 1"),
        ("r.yml", b"a: 1\n---\nb: 2", "several_documents", "line 3"),
        ("r.yml", b"[" * 100_000, "too_deep", "line 1"),
        ("r.yml", b"- " * 100_000, "too_deep", "line 1"),
        ("r.yml", b"[" + b"a," * 500_001 + b"]", "too_large", "line 1"),
        ("r.yml", b"#" * 20_000_001, "too_large", "file"),
        ("r.xlsx", b"", "not_xlsx", "file"),
        ("r.xlsx", b"no zip at all", "not_xlsx", "file"),
        ("r.xlsx", b"PK\x03\x04" + bytes(range(256)), "not_xlsx", "file"),
        ("r.csv", b"", "format", "file"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hostile_files(tmp_path: Path, name: str, data: bytes, reason: str, where: str | None) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(RegisterInvalid) as error:
        read_register(path)
    (problem,) = problems_of(error)
    assert (problem["code"], problem["reason"]) == ("unreadable", reason)
    assert where in (None, problem["where"])


def test_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder.yml").mkdir()
    for name, reason in (("none.yml", "not_found"), ("folder.yml", "no_file"), ("x" * 300 + ".yml", "refused")):
        with pytest.raises(RegisterInvalid) as error:
            read_register(tmp_path / name)
        assert problems_of(error)[0]["reason"] == reason


def zipped(parts: dict[str, bytes]) -> bytes:
    """An archive with these parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"a.txt": b"no book"}, "not_xlsx"),
        ({"big": b"\0" * 200_000_001}, "too_large"),
        ({"[Content_Types].xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}, "anchor"),
        ({"[Content_Types].xml": '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'.encode("utf-16")}, "anchor"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hostile_archives(tmp_path: Path, parts: dict[str, bytes], reason: str) -> None:
    path = tmp_path / "register.xlsx"
    path.write_bytes(zipped(parts))
    with pytest.raises(RegisterInvalid) as error:
        read_register(path)
    assert problems_of(error)[0]["reason"] == reason


def test_far_rows_and_broken_parts(tmp_path: Path) -> None:
    path = book(tmp_path / "whole.xlsx", SHEETS_WHOLE)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet3.xml"
    for before, after, reason in ((b'r="4"', b'r="999999999999"', "too_large"), (b"<row", b"<raw", "not_xlsx")):
        path.write_bytes(zipped({**parts, sheet: parts[sheet].replace(before, after)}))
        with pytest.raises(RegisterInvalid) as error:
            read_register(path)
        assert problems_of(error)[0]["reason"] == reason


def test_broken_bytes_never_escape(tmp_path: Path) -> None:
    path = book(tmp_path / "whole.xlsx", SHEETS_WHOLE)
    whole = path.read_bytes()
    for at in range(0, len(whole), 211):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        with suppress(RegisterInvalid):
            read_register(path)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates()
KEYS_SEEN = st.sampled_from(
    sorted({"community", "leaders", *SHEETS, *(key for keys in SHEETS.values() for key in keys)})
)
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS_SEEN, inner, max_size=6))


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(KEYS_SEEN, TREES, max_size=5))
def test_wrong_types_everywhere(tmp_path: Path, tree: dict[str, Any]) -> None:
    path = tmp_path / "register.yml"
    path.write_text(yaml.safe_dump(tree, allow_unicode=False, default_flow_style=True), encoding="utf-8")
    with pytest.raises(RegisterInvalid):
        read_register(path)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "register.yml"
    path.write_bytes(data)
    with pytest.raises(RegisterInvalid):
        read_register(path)
