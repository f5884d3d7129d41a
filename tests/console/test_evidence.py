"""`gateway evidence`, `verify` of a bundle, `audit` and `audit verify`, as a user calls them."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.console.conftest import Gateway

Sent = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def packed(gateway: Gateway, sent: Sent, tmp_path: Path) -> Path:
    number, file = sent()[0]["number"], tmp_path / "F.zip"
    answer = gateway("evidence", number, "-o", file, "--json")
    assert answer.status == 0 and answer.value.keys() == {"number", "file", "size", "sha256"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and answer.value["size"] == file.stat().st_size
    return file


def certificates(home: Path) -> list[object]:
    found = [*(home / "keys" / "own").glob("*.cert.pem"), *(home / "keys" / "partners").glob("*/*.cert.pem")]
    return [word for path in found for word in ("--cert", path)]


def test_there_and_checked_elsewhere(
    gateway: Gateway, packed: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert gateway("verify", packed, "--json").value["valid"]  # with the home's registry
    monkeypatch.delenv("GATEWAY_HOME")
    answer = gateway("verify", packed, *certificates(home), "--json")
    value = answer.value
    assert answer.status == 0 and value.keys() >= {"valid", "signer", "suite", "reason", "findings"}
    assert (value["valid"], value["signer"], value["suite"], value["reason"]) == (
        True, "DXPENT1108919038", "rsa-sha256", "",
    )  # fmt: skip
    assert value["findings"] == [] and all(each["chain"] and each["recomputed"] for each in value["documents"])
    assert [seal["state"] for seal in value["seals"]] == ["holds", "holds", "none"]
    text = gateway("verify", packed, *certificates(home)).text
    assert "有效" in text and "签名成立 2/3" in text and "状态重算" in text
    assert "2/3 seals hold" in gateway("verify", packed, *certificates(home), "--lang", "en").text


def test_a_bundle_that_was_changed(gateway: Gateway, packed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(bad, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data + b" " if name == "attempts.json" else data)
    answer = gateway("verify", bad, "--json")
    assert answer.status == 1 and answer.value["reason"].startswith("EVI_CHANGED: ")
    assert "attempts.json" in answer.value["reason"]
    plain = gateway("verify", bad, "--lang", "en")
    assert plain.status == 1 and "not valid" in plain.text and "EVI_CHANGED" in plain.text
    bad.write_bytes(packed.read_bytes()[:-9])
    assert gateway("verify", bad, "--json").value["reason"].startswith("EVI_FORMAT: ")


def test_no_such_document(gateway: Gateway, home: Path, tmp_path: Path) -> None:
    answer = gateway("evidence", "A20269999999999999", "-o", tmp_path / "F.zip", "--json")
    assert answer.status == 2 and answer.value["error"]["code"] == "BIZ_UNKNOWN"
    assert not (tmp_path / "F.zip").exists()


def test_audit(gateway: Gateway, sent: Sent, home: Path) -> None:
    sent()
    rows = gateway("audit", "--json").value
    assert rows and {(row["actor"], row["act"]) for row in rows} == {("gateway", "anchor")}
    assert rows[0].keys() == {"id", "at", "actor", "act", "subject", "detail"}
    assert gateway("audit", "list", "--json").value == rows == gateway("--json", "audit").value
    assert len(gateway("audit", "--act", "anchor", "--limit", 1, "--since", "1h", "--json").value) == 1
    last = rows[-1]["id"]
    assert (
        gateway("audit", "--act", "discard", "--json").value == [] == gateway("audit", "--after", last, "--json").value
    )
    assert "anchor" in gateway("audit").text and gateway("audit", "nope").status == 2


def test_audit_verify(gateway: Gateway, sent: Sent, home: Path, tmp_path: Path) -> None:
    sent()
    answer = gateway("audit", "verify", "--bodies", "--json")
    assert answer.status == 0 and answer.value["valid"] and answer.value["anchors"] >= 1
    assert answer.value["documents"] == len(gateway("status", "--json").value) and answer.value["events"] > 2
    assert "完整" in gateway("audit", "verify").text
    heads = home / "audit" / "heads.jsonl"
    (tmp_path / "copy").write_bytes(heads.read_bytes())
    heads.write_bytes(heads.read_bytes().replace(b'"n":1', b'"n":2'))
    bad = gateway("audit", "verify", "--json")
    assert bad.status == 1 and bad.value["reason"].startswith("AUD_LINE: ") and bad.value["findings"]
    assert "AUD_LINE" in gateway("audit", "verify", "--lang", "en").text
    assert gateway("audit", "verify", "--heads", tmp_path / "copy").status == 0
