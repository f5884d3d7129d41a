"""When customs answers: at once, after looks, in its working hours."""

import tomllib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.clock import FileClock, micros, stamp
from mappings.table import BadKind, Table
from simulator.hours import DAY, Hours, read_hours, written_hours

from .conftest import BLANK_NO

OFFICE = Hours(8 * 60 + 30, 17 * 60 + 30, (1, 2, 3, 4, 5))
SATURDAY, MONDAY = "20261121", "20261123"


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        ("20261120170000000", "20261120170000000"),
        ("20261120173000000", f"{MONDAY}083000000"),  # Friday evening
        (f"{SATURDAY}093015123", f"{MONDAY}083000000"),
        (f"{MONDAY}000000000", f"{MONDAY}083000000"),
        (f"{MONDAY}083000000", f"{MONDAY}083000000"),
    ],
)
def test_opening(at, opening):
    assert stamp(OFFICE.opening(micros(at))) == opening


@given(st.integers(0, 4_000_000_000_000_000), st.sets(st.integers(1, 7), min_size=1), st.integers(0, 1439))
def test_opening_is_the_first_open_moment(at, days, opens):
    hours = Hours(opens, 24 * 60, tuple(sorted(days)))
    first = hours.opening(at)
    assert at <= first <= at + 8 * DAY
    assert hours.opening(first) == first
    assert first == at or hours.opening(first - 1) == first


def test_hours_are_read_as_written():
    text = "\n".join(written_hours(OFFICE))
    assert read_hours(Table("x", tomllib.loads(text)["hours"])) == OFFICE


@pytest.mark.parametrize(
    "bad", [{"from": "25:00"}, {"from": "18:00", "to": "09:00"}, {"days": [0]}, {"days": []}, {"open": "1"}]
)
def test_bad_hours_are_told(bad):
    with pytest.raises(BadKind, match=r"customs.toml: \[hours\]"):
        read_hours(Table("customs.toml: [hours]", bad))


def test_answers_come_in_working_hours_only(make_world):
    world = make_world(progress="timed", hours=OFFICE)  # it is Saturday
    world.apply_blank()
    world.look(timedelta(days=1))
    assert world.technical() == [(True, "0", "接收成功")]  # the platform knows no hours
    assert world.told() == []
    world.look(timedelta(days=1))
    assert [r["stated_at"] for r in world.records] == [f"{MONDAY}083000000"]
    world.look(timedelta(hours=2))
    assert [r["stated_at"] for r in world.records] == [f"{MONDAY}083000000", f"{MONDAY}103000000"]


def test_an_officer_keeps_no_hours(make_world):
    world = make_world(progress="manual", hours=OFFICE)
    world.apply_blank()
    world.look()
    world.customs.decide(BLANK_NO, "HS")
    world.look()
    assert world.told() == [(BLANK_NO, "HS")]


def test_after_looks(make_world):
    world = make_world(progress="looks:3")
    world.apply_blank()
    seen = []
    for _ in range(8):
        world.look()
        seen.append(len(world.records))
    assert seen == [0, 0, 0, 1, 1, 1, 2, 2]  # taken at the first, HS three looks later, BP three after it
    assert world.store.looked() == 6  # nothing waits any more, and nothing is counted


def test_clock_is_put_and_runs_on(tmp_path):
    real = [1_000_000]
    clock = FileClock(tmp_path / "clock.json", real=lambda: real[0])
    clock.run_at(1000)
    clock.put(5_000_000)
    assert clock.now() == 5_000_000
    real[0] += 1_000
    assert clock.now() == 6_000_000
