"""Poison: a file that harms its reader is parked, and its neighbours are read (reliability P12, F48)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gateway.reconciling as reconciling
from gateway.home import Home
from ledger.errors import LedgerError
from ledger.rows import NewArrival
from tests.gateway.desk import Desk, both_ends

READERS = 8  # processes that may die before a test gives up

DYING = """
import os, signal, sys
from pathlib import Path
import gateway.reconciling as reconciling
from gateway.home import Home
from gateway.worker import Worker, locked

true = reconciling.open_all

def open_all(rows, **tools):
    for row, body in rows:
        if body == b"<poison/>":
            os.kill(os.getpid(), signal.SIGSEGV)
    return true(rows, **tools)

reconciling.open_all = open_all
home = Home(Path(sys.argv[1]))
with locked(home):
    Worker(home).until_idle()
home.close()
"""


@pytest.fixture
def desk(tmp_path: Path, url: str) -> Iterator[Desk]:
    with both_ends(tmp_path / "home", url) as both:
        yield both


def _arrive(desk: Desk, *bodies: bytes) -> None:
    road = next(iter(desk.home.roads))
    desk.home.ledger.arrive([NewArrival(road, "InBox", f"n{n}.xml", body) for n, body in enumerate(bodies)])


def _reasons(home: Home) -> list[tuple[str, str]]:
    return [(row.status, row.reason.partition(":")[0]) for row in home.ledger.arrivals()]


def test_a_file_that_kills_its_reader_is_parked_after_three_deaths(tmp_path: Path) -> None:
    with both_ends(tmp_path / "home") as desk:
        _arrive(desk, b"<a/>", b"<poison/>", b"<b/>")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ends = []
    while len(ends) < READERS and 0 not in ends:
        done = subprocess.run([sys.executable, "-c", DYING, str(tmp_path / "home")], env=environment, check=False)
        ends.append(done.returncode)
    assert ends == [-11, -11, -11, 0]
    home = Home(tmp_path / "home")
    assert _reasons(home) == [("quarantined", "SIG_MISSING"), ("held", "POISON"), ("quarantined", "SIG_MISSING")]
    home.close()


def test_a_file_at_which_the_reader_stumbles_is_parked_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    true, stumbled = reconciling.open_all, []

    def open_all(rows, **tools):
        if any(body == b"<poison/>" for _, body in rows):
            stumbled.append(len(rows))
            raise RuntimeError("nobody foresaw this")
        return true(rows, **tools)

    monkeypatch.setattr(reconciling, "open_all", open_all)
    _arrive(desk, b"<a/>", b"<poison/>", b"<b/>")
    desk.worker.until_idle()
    assert stumbled == [3, 1, 1, 1]
    assert _reasons(desk.home) == [("quarantined", "SIG_MISSING"), ("held", "POISON"), ("quarantined", "SIG_MISSING")]
    (held,) = desk.home.ledger.arrivals(status="held")
    assert "nobody foresaw this" in held.reason


def test_a_database_that_is_busy_is_nobodys_poison(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _arrive(desk, b"<a/>")
    settle, failures = desk.home.ledger.settle, iter(range(5))

    def busy(*found, **more):
        if next(failures, None) is not None:
            raise LedgerError("SYS_DATABASE", detail="database is locked")
        return settle(*found, **more)

    monkeypatch.setattr(desk.home.ledger, "settle", busy)
    for _ in range(5):
        with pytest.raises(LedgerError):
            desk.worker.look()
    desk.worker.until_idle()
    assert _reasons(desk.home) == [("quarantined", "SIG_MISSING")]
