"""F46-F49: taking in."""

from __future__ import annotations

import time
from typing import Any

from channels.folder_box import FolderBox
from ledger import Ledger
from ledger.errors import LedgerError
from tests.faults.cell import Bench, cell, dies_at
from tests.faults.mapper import poisoned
from tests.faults.sftp_fetch import answered, is_in


@cell("F46", "inbox", "kill between taking and settling", "settled after the restart")
def before_settling(bench: Bench) -> None:
    answered(bench)
    assert bench.run(plant=dies_at(Ledger, "settle")) < 0
    assert bench.count("arrival", "status = 'new'") > 0
    assert bench.run() == 0 and bench.count("arrival", "status = 'new'") == 0


@cell("F47", "inbox", "kill between commit and removal", "a repeat, no effect")
def before_removal(bench: Bench) -> None:
    answered(bench)
    events = bench.count("event")
    assert bench.run(plant=dies_at(FolderBox, "remove", only=is_in)) < 0
    assert bench.count("event") == events
    assert bench.run() == 0


@cell("F48", "inbox", "poison", "parked, neighbours go on")
def poison(bench: Bench) -> None:
    answered(bench)
    victim = [name for name in bench.files("InBox") if name.startswith("Receipt_")][-1]
    assert bench.run(plant=lambda: poisoned(bench, victim, RuntimeError)) == 0
    [(id_, status)] = bench.rows("SELECT id, status FROM arrival WHERE reason LIKE 'POISON%'")
    assert status in ("held", "quarantined")
    assert bench.count("arrival", "status = 'understood'") >= 4
    assert bench.do("release", str(id_)) == 0


@cell("F49", "inbox", "what has come cannot be put away", "stays, told, no hot loop, goes on by itself")
def cannot_be_put_away(bench: Bench) -> None:
    tries = bench.folder / "tries"

    def full() -> None:
        settle = Ledger.settle

        def failing(self: Ledger, *given: Any, **named: Any) -> Any:
            with tries.open("a") as file:
                file.write("x")
            if tries.stat().st_size <= 3:
                raise LedgerError("SYS_DISK", detail="disk full")
            return settle(self, *given, **named)

        Ledger.settle = failing  # type: ignore[method-assign,assignment]

    answered(bench)
    begun = time.monotonic()
    with bench.running(plant=full):
        bench.until(lambda: tries.exists() and tries.stat().st_size > 3, "it is tried again", 60)
        waited = time.monotonic() - begun
        bench.until(lambda: bench.count("arrival", "status = 'new'") == 0, "it goes on", 60)
    assert waited > 1.5 and bench.err.count("SYS_DISK") == 1
