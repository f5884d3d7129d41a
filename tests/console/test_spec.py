"""`gateway spec` without a home, and with formats of a home's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console.conftest import Gateway


def test_written_without_a_home(gateway: Gateway, tmp_path: Path) -> None:
    pytest.importorskip("typst", reason="typst is not installed (extra: papers)")
    answer = gateway("spec", "-o", tmp_path / "spec", "--json")
    assert answer.status == 0
    names = set(answer.value["files"])
    assert {f"interface-{lang}.{form}" for lang in ("zh", "en") for form in ("html", "pdf")} <= names
    assert "xsd/certapp-1.xsd" in names and "samples/samples.csv" in names
    assert all((tmp_path / "spec" / name).stat().st_size for name in names)


def test_web_pages_only(gateway: Gateway, tmp_path: Path) -> None:
    names = gateway("spec", "-o", tmp_path / "spec", "--no-pdf", "--json").value["files"]
    assert not [name for name in names if name.endswith(".pdf")]
