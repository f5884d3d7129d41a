"""A worker that is told to stop, and a replay that is killed: nothing stays claimed, nothing is done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.home import Home
from gateway.setup import NewHome, make_home
from gateway.submission.submit import Submitter
from gateway.worker import Worker, locked
from mappings.sample import ENTERPRISE
from tests.gateway.conftest import declared

BLANK = "blank_certificate_application"
MANY = 200
PATIENCE = 60.0  # s until a test gives up waiting
DRAIN = 30.0  # s that a worker may take to stop (reliability F69)


@pytest.fixture
def house(tmp_path: Path, url: str) -> Iterator[Home]:
    home = make_home(NewHome(tmp_path / "home", ENTERPRISE, "测试企业", database=url), passphrase=None)
    Submitter(home, actor="t").submit([declared(home, BLANK, seed=n, reference=f"R{n}") for n in range(MANY)])
    yield home
    home.close()


def _gateway(home: Home, *arguments: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "GATEWAY_HOME": str(home.path)}
    command = [sys.executable, "-m", "console.cli.main", *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _until(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.005)


def _out(home: Home) -> int:
    return len(list((home.path / "channels" / "customs" / "CertOut" / "OutBox").glob("*.xml")))


def test_sigterm_under_load_ends_in_time_with_nothing_claimed(house: Home) -> None:
    """reliability F69."""
    process = _gateway(house, "run")
    _until(lambda: _out(house) > 0, process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(DRAIN) == 0
    assert _out(house) == house.ledger.counts().stages.get("answer", 0)  # what left is written down
    assert list(house.path.glob("channels/*/*/OutBox/*.Temp")) == []
    with locked(house):
        Worker(house).until_idle()
    assert _out(house) == MANY and house.ledger.counts().stages == {"answer": MANY}


def test_a_replay_of_many_that_is_killed_has_asked_for_each_at_most_once(house: Home) -> None:
    """reliability F63: what was not asked for yet can be asked for again."""
    with locked(house):
        Worker(house).until_idle()
    process = _gateway(house, "resend", "--state", "D")
    _until(lambda: bool(house.ledger.queue(standing="replay", limit=1)), process)
    process.kill()
    process.wait(PATIENCE)
    asked = {entry.subject for entry in house.ledger.audit_rows() if entry.act == "resend"}
    assert {row.numbers[0] for row in house.ledger.queue(standing="replay")} == asked
    assert _gateway(house, "resend", "--state", "D").wait(PATIENCE) in (0, 1)
    subjects = [entry.subject for entry in house.ledger.audit_rows() if entry.act == "resend"]
    assert len(subjects) == len(set(subjects)) == MANY
