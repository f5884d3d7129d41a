"""F65-F67: clocks."""

from __future__ import annotations

import os
import time

from mappings.clock import FileClock
from tests.faults.cell import Bench, cell

DAY = 86400.0


def jump(bench: Bench, seconds: float) -> None:
    FileClock(bench.home / "customs" / "clock.json").set(offset=seconds, speed=1.0)


def warned(bench: Bench) -> bool:
    return "SYS_CLOCK" in bench.codes()


@cell("F65", "clock", "back a day while at work", "told, no id twice, no storm of retries")
def back(bench: Bench) -> None:
    jump(bench, 2 * DAY)  # so that the certificates are valid on both days
    assert bench.submit(2) == 0 and bench.run() == 0
    jump(bench, DAY)
    assert warned(bench)
    assert bench.submit(2) == 0 and bench.run() == 0
    ids = [id_ for (id_,) in bench.rows("SELECT cop_msg_id FROM message WHERE direction = 'out'")]
    assert len(ids) == len(set(ids)) == 4
    assert bench.count("attempt") <= 2 * 4
    bench.customs()
    assert bench.run() == 0
    jump(bench, 0.0)


@cell("F66", "clock", "ahead a year", "told, nothing deleted, nothing given up")
def ahead(bench: Bench) -> None:
    assert bench.submit(2) == 0 and bench.run() == 0
    bodies = bench.count("body")
    jump(bench, 365 * DAY)
    assert warned(bench)
    assert bench.run() == 0
    bench.customs()
    assert bench.run() == 0
    assert bench.count("body") >= bodies
    assert bench.count("outbox", "standing IN ('parked', 'dead')") == 0


@cell("F67", "clock", "time zones", "the same instants")
def zones(bench: Bench) -> None:
    def elsewhere() -> None:
        os.environ["TZ"] = "America/New_York"
        time.tzset()

    assert bench.submit(1) == 0
    assert bench.submit(1, plant=elsewhere) == 0
    assert bench.run(plant=elsewhere) == 0
    here, there = (
        int(stated) for (stated,) in bench.rows("SELECT stated_at FROM message WHERE direction = 'out' ORDER BY id")
    )
    assert str(here)[:8] == str(there)[:8] and 0 <= there - here < 10_000_000  # 17 digits of Beijing time both
