"""Traffic of its own: every kind in turn, a share with faults, answered in a channel of its own."""

from collections import Counter

import pytest

from console.cli.customs import _rate, _share
from mappings.clock import SystemClock
from mappings.kind import Direction
from mappings.load import contract
from simulator import load
from simulator.crowd import BAD, Crowd, Player
from simulator.load import Load, prepare
from simulator.settings import load_settings, open_customs

from .conftest import CODE, CUSTOMS, ENTERPRISE, JUDGES, channel

KINDS = {k.name for k in contract().kinds.values() if k.direction is Direction.OUT and k.number and not k.needs}


def crowd(keys, **more):
    player = Player(ENTERPRISE, CODE, keys[1][ENTERPRISE])
    return Crowd([player], customs=CUSTOMS, contract=contract(), judges=JUDGES, **more)


def test_every_kind_in_turn_and_the_same_bytes_for_the_same_seed(keys):
    at = SystemClock().now()
    first, second = ([crowd(keys, seed=3, bad=0.3).message(n, at) for n in range(40)] for _ in range(2))
    assert first == second
    assert {one.kind for one in first} == KINDS
    assert {one.bad for one in first} <= {"", *BAD} and len({one.bad for one in first}) > 2
    assert len({one.number for one in first}) == 40


def test_answers_are_counted(home):
    folder = home / "customs"
    prepare(folder, 3, now=SystemClock().now())
    before = load_settings(folder)
    prepare(folder, 3, now=SystemClock().now())
    assert load_settings(folder) == before
    assert len(before.enterprises) == 4 and before.channels[-1].name == load.CHANNEL
    customs = open_customs(folder)
    traffic = Load(rate=1000.0, enterprises=3, bad=0.25).traffic(folder, customs)
    traffic.lay(40)
    customs.until_idle()
    traffic.collect()
    row = traffic.tally.row()
    assert row["sent"] == 40 == row["succeeded"] + row["failed"]
    assert 0 < row["failed"] <= row["bad"] < 25
    assert row["business"] >= row["succeeded"] and row["p95"] >= row["p50"] > 0
    assert Counter(r["sender"] for r in customs.statement()).keys() == {load.NODE.format(n) for n in (1, 2, 3)}
    assert channel(home).inbox.entries() == []
    traffic.lay(2)  # numbers go on
    customs.until_idle()
    traffic.collect()
    assert traffic.tally.succeeded + traffic.tally.failed == 42
    customs.close()


def test_the_rate_is_kept(home, monkeypatch):
    folder = home / "customs"
    prepare(folder, 1, now=SystemClock().now())
    customs = open_customs(folder)
    now = [100.0]
    monkeypatch.setattr(load.time, "monotonic", lambda: now[0])
    traffic = Load(rate=2.0, enterprises=1).traffic(folder, customs)
    laid = []
    for _ in range(4):
        laid.append(traffic.step())
        now[0] += 0.75
    assert laid == [0, 1, 2, 1]
    customs.close()


@pytest.mark.parametrize(("text", "rate"), [("20/s", 20.0), ("300/m", 5.0), ("0.5/s", 0.5)])
def test_rates_are_read(text, rate):
    assert _rate(text) == rate
    assert _share("5%") == 0.05
