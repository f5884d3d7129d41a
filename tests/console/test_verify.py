"""`gateway verify`: offline, with the home's certificates or with those that are named and no others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.console.conftest import Gateway


@pytest.fixture
def sealed(gateway: Gateway, sent: Callable[..., list[dict[str, Any]]], home: Path, tmp_path: Path) -> Path:
    sent()
    file = tmp_path / "sealed.xml"
    file.write_bytes(gateway("message", 1).out)
    return file


def own(home: Path) -> Path:
    return next((home / "keys" / "own").glob("*.cert.pem"))


def partner(home: Path) -> Path:
    return next((home / "keys" / "partners").glob("*/*.cert.pem"))


def test_with_the_homes_registry(gateway: Gateway, sealed: Path) -> None:
    answer = gateway("verify", sealed, "--json")
    assert answer.status == 0
    assert answer.value == {"valid": True, "signer": "DXPENT1108919038", "suite": "rsa-sha256", "reason": ""}
    assert "有效" in gateway("verify", sealed).text and "valid" in gateway("verify", sealed, "--lang", "en").text


def test_only_the_named_certificates_are_trusted(
    gateway: Gateway, sealed: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GATEWAY_HOME")
    assert gateway("verify", sealed).status == 2  # neither a home nor a certificate
    assert gateway("verify", sealed, "--cert", own(home), "--json").value["valid"]
    assert gateway("verify", sealed, "--cert", partner(home), "--cert", own(home), "--json").value["valid"]
    other = gateway("verify", sealed, "--cert", partner(home), "--json")
    assert other.status == 1 and other.value["reason"].startswith("SIG_KEY: ")


def test_a_changed_byte_is_not_valid(gateway: Gateway, sealed: Path) -> None:
    sealed.write_bytes(sealed.read_bytes().replace(b"DXPENT1108919038", b"DXPENT1108919039", 1))
    answer = gateway("verify", sealed, "--json", "--lang", "en")
    assert (
        answer.status == 1
        and answer.value["valid"] is False
        and answer.value["reason"].startswith("SIG_DIGEST: Content")
    )


def test_what_is_no_certificate(gateway: Gateway, sealed: Path, home: Path, tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("nothing")
    for option in ("--cert", "--crl"):
        answer = gateway("verify", sealed, option, tmp_path / "x.pem", "--json")
        assert answer.status == 2 and answer.value["error"]["code"] == "KEY_FILE"
    assert gateway("verify", tmp_path / "nowhere.xml").status == 2
