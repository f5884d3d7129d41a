"""The worker: takes in, seals, delivers, collects, reconciles, tells the results; one pass after the other."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from channels import BoxName
from channels.doors import Lock
from channels.wakeup import Wakeup
from gateway.audit.anchor import EVERY, anchor
from gateway.audit.loss import refuse_loss
from gateway.home import Home
from gateway.intake.folder import Intake
from gateway.lanes.lane import Lanes
from gateway.reconciling import Reconciler
from gateway.relay.relay import Relay
from gateway.results import Results
from gateway.submission.fetching import Fetching
from gateway.submission.submit import Submitter
from ledger.rows import Due
from mappings.faults import Disposition, Refused
from outbox.seal import seal_due
from signing.sign import Signer

LOCK = ".gateway.lock"
BATCH = 64
PAUSE = 1.0  # s between looks when nothing wakes us
SOON = 0.2  # s while a file still grows
GROWING = 10.0  # s for which a file that still grows counts as work
DRAIN = 25.0  # s that a worker which is told to stop waits for its channels (reliability F69: 30 s in all)


@dataclass(frozen=True, slots=True)
class Pass:
    """What a look at everything did, in counts; `other` is work that shows in no count."""

    delivered: int = 0
    collected: int = 0
    applied: int = 0
    quarantined: int = 0
    other: int = 0
    growing: int = 0
    busy: bool = False  # a slow channel is still at it

    @property
    def changed(self) -> bool:
        return bool(self.delivered or self.collected or self.applied or self.quarantined or self.other or self.busy)

    def __add__(self, next_: Pass) -> Pass:
        sums = {f.name: getattr(self, f.name) + getattr(next_, f.name) for f in fields(self)}
        return Pass(**{**sums, "growing": next_.growing, "busy": next_.busy})


@contextmanager
def locked(home: Home) -> Iterator[None]:
    """One worker a home: a second one is refused with SYS_LOCKED; one gateway a channel folder, else CHANNEL_TAKEN."""
    with Lock(home.path / LOCK), home.wires.claimed():
        yield


class Worker:
    """Does the work of one home. Whoever makes one holds the home's lock; then every retry is due once."""

    def __init__(self, home: Home) -> None:
        self.home = home
        refuse_loss(home)
        for stage in (
            "seal",
            "deliver",
        ):  # before the deliverer looks at the clock: what was due until now is looked for
            home.ledger.make_due(stage)
        for name in home.wires.chaotic():
            sys.stderr.write(
                f"通道 {name} 按设置故意出错（chaos），仅供测试和演练 / channel {name} misbehaves on purpose: for tests only\n"
            )
        self._stop = threading.Event()
        self._lanes = Lanes(home, stopping=self._stopping)
        submitter = Submitter(home, actor="folder")
        self._intake = Intake(
            home.path / "declarations", submitter=submitter, contract=home.contract, maps=home.settings.maps
        )
        self._fetching = Fetching(home, submitter)
        self._relay = Relay(home)
        self._relayed = frozenset(home.tenants[relay.enterprise].id for relay in home.settings.relays.values())
        self._reconciler = Reconciler(home, relayed=self._relayed, stopping=self._stopping)
        self._results = Results(home.ledger, home.path / "results", home.contract)

    def _stopping(self) -> bool:
        return self._stop.is_set()

    def look(self) -> Pass:
        """One full pass: everything that is there is taken a step further."""
        self.home.refresh()
        taken = self._intake.take() + self._relay.take()
        fetched = self._drain(self._fetching.work)
        sealed = self._drain(self._seal)
        round_ = self._lanes.look()
        rejoined = self.home.ledger.rejoin()
        settled = self._reconciler.reconcile()
        applied = sum(result.applied for result in settled)
        quarantined = sum(result.status == "quarantined" for result in settled)
        told = self._drain(self._results.write) + self._drain(self._relay.hand_back)
        growing = self._intake.growing() + round_.growing
        other = taken + fetched + sealed + round_.sighted + rejoined + told
        return Pass(round_.delivered, round_.collected, applied, quarantined, other, growing, self._lanes.busy)

    def until_idle(self, *, stop: threading.Event | None = None) -> Pass:
        """Passes until one changed nothing. Files that still grow are waited for, ten seconds at most."""
        self._stop = stop or self._stop
        total, patience = Pass(), time.monotonic() + GROWING
        while not self._stop.is_set():
            done = self.look()
            total += done
            if done.changed:
                patience = time.monotonic() + GROWING
            elif not done.growing or time.monotonic() > patience:
                break
            else:
                threading.Event().wait(0.1)
        return total + self._rest()

    def run(self, stop: threading.Event) -> Pass:
        """Passes until told to stop, woken by what arrives. A passing trouble (database busy, disk full) is waited out."""
        self._stop = stop
        total, told, anchored = Pass(), "", time.monotonic()
        with Wakeup(self._watched()) as wakeup:
            while not stop.is_set():
                try:
                    done, trouble = self.look(), ""
                    if time.monotonic() - anchored >= EVERY:
                        anchored = time.monotonic()
                        anchor(self.home)
                except Refused as refused:
                    if refused.kind.disposition is not Disposition.RETRY:
                        raise
                    done, trouble = Pass(), str(refused)
                if trouble and trouble != told:
                    sys.stderr.write(f"{trouble}\n")
                total, told = total + done, trouble
                if not done.changed:
                    wakeup.wait(SOON if done.growing else PAUSE)
        return total + self._rest()

    def _rest(self) -> Pass:
        """Before the end: the channels finish the batch in hand, as long as there is time, and the heads are anchored."""
        round_ = self._lanes.rest(DRAIN)
        anchor(self.home)
        return Pass(round_.delivered, round_.collected, other=round_.sighted)

    def _watched(self) -> Iterator[Any]:
        yield from self.home.wires.folders()
        yield from self.home.relayed.folders(BoxName.OUT)
        yield from self.home.path.glob("declarations/*/new")

    def _drain(self, step: Callable[[], int]) -> int:
        """Repeat a step in batches until it finds nothing more, or the worker is told to stop."""
        total = 0
        while not self._stop.is_set() and (done := step()):
            total += done
        return total

    def _seal(self) -> int:
        return seal_due(self.home.ledger, signer_of=self._signer, now=self.home.clock.now, limit=BATCH)

    def _signer(self, due: Due) -> Signer | None:
        node = next(t.node_id for t in self.home.tenants.values() if t.id == due.enterprise_id)
        return self.home.signer(node)
