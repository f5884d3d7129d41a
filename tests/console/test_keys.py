"""Keys change by two people: one drafts, another approves; both stand in the audit chain."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def home(tmp_path: Path) -> Path:
    command(tmp_path, "init", "--demo", str(tmp_path / "home"))
    return tmp_path / "home"


def command(where: Path, *arguments: str, status: int = 0) -> Any:
    secret = where / "passphrase.txt"
    secret.write_text("correct horse battery", encoding="utf-8")
    environment = {**os.environ, "GATEWAY_KEY_PASSPHRASE_FILE": str(secret)}
    named = ("--home", str(where)) if (where / "gateway.toml").exists() else ()
    ran = subprocess.run(
        [sys.executable, "-m", "console.cli.main", *arguments, *named, "--json"],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert ran.returncode == status, ran.stderr or ran.stdout
    return json.loads(ran.stdout)


def test_a_new_key_is_drafted_by_one_and_approved_by_another(home: Path) -> None:
    draft = command(
        home, "keys", "new", "DXPENT1108919038", "--name", "测试企业", "--suite", "sm2-sm3", "--by", "first"
    )
    assert [row["id"] for row in command(home, "keys", "pending")] == [draft["id"]]
    refused = command(home, "keys", "approve", draft["id"], "--by", "first", status=2)
    assert refused["error"]["code"] == "KEY_SECOND_PERSON"
    assert len([k for k in command(home, "keys", "list") if k["role"] == "own"]) == 1
    command(home, "keys", "approve", draft["id"], "--by", "second")
    assert len([k for k in command(home, "keys", "list") if k["role"] == "own"]) == 2
    assert command(home, "keys", "pending") == []
    acts = [entry["act"] for entry in command(home, "audit", "list")]
    assert acts[-2:] == ["key_draft", "key_approve"]


def test_a_draft_is_turned_down_and_leaves_nothing(home: Path) -> None:
    draft = command(home, "keys", "new", "DXPENT1108919038", "--name", "测试企业", "--by", "first")
    command(home, "keys", "reject", draft["id"], "--by", "second", "--why", "not now")
    assert command(home, "keys", "pending") == []
    assert len([k for k in command(home, "keys", "list") if k["role"] == "own"]) == 1


def test_a_partner_is_trusted_and_retired_by_two(home: Path) -> None:
    pem = next((home / "keys" / "own").glob("*.cert.pem"))
    draft = command(home, "keys", "trust", "DXPEDC0000000009", str(pem), "--by", "first", status=2)
    assert draft["error"]["code"] == "KEY_FILE"  # one certificate speaks for one node
    (partner,) = [k for k in command(home, "keys", "list") if k["role"] == "partner"]
    retiring = command(home, "keys", "retire", partner["node"], partner["serial"], "--why", "replaced", "--by", "first")
    command(home, "keys", "approve", retiring["id"], "--by", "second")
    assert command(home, "keys", "expiring") == []
