"""F43-F45: noticing what has come."""

from __future__ import annotations

import os

from tests.faults.cell import Bench, cell
from tests.faults.sftp_fetch import answered


@cell("F43", "watching", "event lost", "the next look finds it")
def event_lost(bench: Bench) -> None:
    def deaf() -> None:
        from channels.wakeup import Wakeup

        Wakeup.on_any_event = lambda self, event: None  # type: ignore[method-assign]

    answered(bench, 1)
    inbox, aside = bench.road / "InBox", bench.folder / "aside"
    inbox.rename(aside)
    inbox.mkdir()
    with bench.running(plant=deaf):
        for name in sorted(path.name for path in aside.iterdir()):
            (aside / name).rename(inbox / name)
        bench.until(lambda: not any(inbox.iterdir()), "the look by the clock", 60)
    assert bench.status == 0


@cell("F44", "watching", "renamed, written, linked into place", "each seen once")
def into_place(bench: Bench) -> None:
    answered(bench, 2)
    inbox, aside = bench.road / "InBox", bench.folder / "aside"
    inbox.rename(aside)
    inbox.mkdir()
    names = sorted(path.name for path in aside.iterdir())
    with bench.running():
        for n, name in enumerate(names):
            if n % 3 == 0:
                (aside / name).rename(inbox / name)
            elif n % 3 == 1:
                (inbox / f"{name}.tmp").write_bytes((aside / name).read_bytes())
                (inbox / f"{name}.tmp").rename(inbox / name)
            else:
                os.link(aside / name, inbox / name)
                (aside / name).unlink()
        bench.until(lambda: not any(inbox.iterdir()), "all are taken", 60)
    assert bench.count("arrival") == len(names)


@cell("F45", "watching", "two gateways on one home", "the second is refused, SYS_LOCKED")
def two_gateways(bench: Bench) -> None:
    assert bench.submit(2) == 0
    with bench.running() as first:
        assert bench.run() == 2 and "SYS_LOCKED" in bench.err and str(first) in bench.err
