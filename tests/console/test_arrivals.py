"""The inbox and its quarantine by commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.console.conftest import Gateway

Sent = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def kept(gateway: Gateway, sent: Sent) -> dict[str, dict[str, Any]]:
    """What lies aside after a bad seal, a receipt for nobody and garbage, by the code of its reason."""
    sent("#badseal #foreign #garbage")
    rows = [
        row for status in ("held", "quarantined") for row in gateway("arrivals", "--status", status, "--json").value
    ]
    return {row["reason"].partition(":")[0]: row for row in rows}


def test_arrivals(gateway: Gateway, kept: dict[str, dict[str, Any]]) -> None:
    rows = gateway("arrivals", "--json").value
    assert all(row.keys() >= {"id", "file", "status", "reason", "sha256"} for row in rows)
    assert {"SIG_VALUE", "RCP_ORPHAN"} <= kept.keys() and len(kept) == 3
    assert gateway("arrivals", "--limit", 2, "--json").value == rows[:2]
    assert gateway("arrivals", "--after", rows[1]["id"], "--json").value == rows[2:]
    assert gateway("arrivals", "--status", "strange").status == 2
    text = gateway("arrivals", "--status", "quarantined").text
    assert "已隔离 quarantined" in text and "SIG_VALUE" in text


def test_discard_needs_a_reason_and_is_done_once(gateway: Gateway, kept: dict[str, dict[str, Any]]) -> None:
    id_ = kept["SIG_VALUE"]["id"]
    assert gateway("discard", id_).status == 2
    done = gateway("discard", id_, "--why", "签名损坏", "--json")
    assert done.status == 0 and done.value["status"] == "discarded" and "签名损坏" in done.value["reason"]
    assert gateway("discard", id_, "--why", "again").status == 1
    assert gateway("release", id_).status == 1


def test_release_reads_it_again(gateway: Gateway, kept: dict[str, dict[str, Any]]) -> None:
    id_ = kept["SIG_VALUE"]["id"]
    assert gateway("release", id_, "--json").value["status"] == "new"
    assert gateway("run", "--until-idle", "--json").value["quarantined"] == 1


def test_match(gateway: Gateway, kept: dict[str, dict[str, Any]], home: Path) -> None:
    id_, number = kept["RCP_ORPHAN"]["id"], gateway("status", "--json").value[0]["number"]
    assert gateway("match", id_, "A20269999999999999").status == 2
    told = gateway("match", id_, number, "--json")
    assert told.status == 0 and (told.value["status"], told.value["wants"]) == ("new", number)


@pytest.mark.parametrize("command", [("release", 4711), ("discard", 4711, "--why", "x"), ("match", 4711, "A1")])
def test_an_arrival_that_is_not_there(gateway: Gateway, home: Path, command: tuple[object, ...]) -> None:
    answer = gateway(*command, "--json")
    assert answer.status == 2 and answer.value["error"]["code"] == "BIZ_UNKNOWN"
