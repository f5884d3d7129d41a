"""Thirty virtual days of month-end traffic at customs' end, and that every document ended where its kind says.

python -m tests.simulator.month [--days 30] [--enterprises 20] [--busy 8] [--seed 1]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from channels import BoxName, MemoryChannel, customs, enterprise
from mappings.clock import SetClock, micros
from mappings.load import contract
from signing.keys import load_signer, make_own
from signing.registry import Registry
from simulator.crowd import GOOD, Crowd, Player
from simulator.customs import Customs
from simulator.eledgers import ANSWERS, QUERY
from simulator.hours import Hours
from simulator.house import Registered, Settings
from simulator.store import Store
from xsd.explain import Judges
from xsd.store import schema_source

CUSTOMS, ROADS = "DXPEDC0000000001", ("CertOut", "CertIn")
FIRST = "20261101093000000"
HOURS = Hours(8 * 60 + 30, 17 * 60 + 30, (1, 2, 3, 4, 5))
LAST_DAYS = 3  # of the month, on which everybody sends much


class Month:
    """One customs, its enterprises and their folders, in memory. busy: messages a day of each at the end of the month."""

    def __init__(self, folder: Path, *, days: int, enterprises: int, busy: int, seed: int) -> None:
        self.days, self.busy, self.enterprises = days, busy, enterprises
        nodes = [f"DXPENT{n:010d}" for n in range(1, enterprises + 1)]
        for node in (*nodes, CUSTOMS):
            made = datetime(2020, 1, 1, tzinfo=UTC)
            make_own(folder / "keys", node, name=node, passphrase=None, now=made, days=9000, suite="ecdsa-sha256")
        judges = Judges(schema_source(contract()), both=False)
        settings = Settings(
            CUSTOMS, progress="timed", seed=seed, hours=HOURS, enterprises=tuple(Registered(n, n[6:]) for n in nodes)
        )
        self.clock, self.channels = SetClock(micros(FIRST)), {biz: MemoryChannel() for biz in ROADS}
        self.customs = Customs(
            settings=settings, store=Store(folder / "customs.db"), contract=contract(), judges=judges, clock=self.clock,
            registry=Registry.load(folder / "keys"), signer=load_signer(folder / "keys", CUSTOMS),
            channels={f"customs/{biz}": customs(channel) for biz, channel in self.channels.items()},
        )  # fmt: skip
        players = [Player(node, node[6:], load_signer(folder / "keys", node)) for node in nodes]
        self.crowd = Crowd(players, customs=CUSTOMS, contract=contract(), judges=judges, seed=seed, bad=0.05)
        self.sent, self.answers = [], Counter()

    def play(self) -> None:
        for day in range(self.days):
            often = self.busy if day >= self.days - LAST_DAYS else 1
            for _ in range(often):
                self._wave()
                self._look(timedelta(hours=9) / often)
            self._look(timedelta(hours=15))
        for _ in range(7):  # what came on the last day is answered in the week after it
            self._look(timedelta(days=1))

    def _wave(self) -> None:
        """One message of each enterprise."""
        fresh = [self.crowd.message(len(self.sent) + n, self.clock.now()) for n in range(self.enterprises)]
        for biz, channel in self.channels.items():
            files = [(one.name, one.data) for one in fresh if one.biz == biz]
            assert not any(enterprise(channel).out.put_all(files))
        self.sent += fresh

    def _look(self, later: timedelta) -> None:
        self.customs.until_idle()
        for channel in self.channels.values():
            inbox = channel.box(BoxName.IN)
            for entry in inbox.entries():
                self.answers[entry.name.partition("_")[0]] += 1
                inbox.remove(entry.name)
        self.clock.tick(later)

    def astray(self) -> list[str]:
        """Good messages whose document is not at the end of its kind's happy chain, and technical answers that are missing."""
        states = {(row["sender"], row["number"]): row["state"] for row in self.customs.statement()}
        wanted = {(one.node, one.number): ends(one.kind) for one in self.sent if one.bad == GOOD}
        found = [
            f"{key[1]}: {states.get(key)} ≠ {state}" for key, state in wanted.items() if states.get(key) not in state
        ]
        told = self.answers["Successed"] + self.answers["Failed"]
        return found + ([f"{told} technical answers to {len(self.sent)} files"] if told != len(self.sent) else [])


def ends(kind: str) -> set[str]:
    """Where a good document ends; a query where its e-ledger, of which there is none here, says."""
    return set(ANSWERS.values()) if kind == QUERY else {contract().kinds[kind].happy[-1]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("days", 30), ("enterprises", 20), ("busy", 8), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="month-") as folder:
        month = Month(Path(folder), **vars(options))
        began = time.perf_counter()
        month.play()
        seconds = time.perf_counter() - began
        documents, astray = len(month.customs.statement()), month.astray()
    sys.stdout.write(
        f"{options.days} days, {options.enterprises} enterprises: {len(month.sent)} messages, {documents} documents, "
        f"{sum(month.answers.values())} answers in {seconds:.1f} s; {len(astray)} astray\n"
    )
    sys.stdout.writelines(f"  {line}\n" for line in astray[:20])
    return 1 if astray else 0


if __name__ == "__main__":
    sys.exit(main())
