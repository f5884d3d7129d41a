"""Both ends of one home on disk, worked in turn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.home import Home
from gateway.setup import NewHome, make_home
from gateway.submission.submit import Submitter
from gateway.worker import Worker, locked
from mappings.sample import ENTERPRISE
from signing.keys import trust
from simulator.customs import Customs
from simulator.settings import Registered, make_customs, open_customs, own_certificate
from tests.sshd import Sshd, over_sftp


@dataclass
class Desk:
    """Both ends of one home on disk."""

    home: Home
    worker: Worker
    customs: Customs

    def submit(self, *declarations: object) -> list[str]:
        return [o.number for o in Submitter(self.home, actor="test").submit(declarations)]  # type: ignore[arg-type]

    def exchange(self) -> None:
        while self.worker.look().changed or self.customs.look():
            pass

    def states(self) -> dict[str, str]:
        return {row.number: row.state for row in self.home.ledger.documents() if row.kind != "blank_form"}

    @property
    def road(self) -> Path:
        return self.home.path / "channels" / "customs" / "CertOut"

    @property
    def entry(self) -> Path:
        return self.home.path / "channels" / "customs" / "CertIn"


@contextmanager
def both_ends(path: Path, database: str = "sqlite:///gateway.db", sshd: Sshd | None = None) -> Iterator[Desk]:
    """sshd: our end reaches the channel through it, customs' end by folder."""
    home = make_home(NewHome(path, ENTERPRISE, "测试企业", database=database, judge="both"), passphrase=None)
    node, house = home.settings.node, path / "customs"
    make_customs(
        house,
        enterprises=[Registered(node, ENTERPRISE)],
        channel_root=path / "channels" / "customs",
        now=home.clock.now(),
    )
    trust(house / "keys", node, (home.keys / "own" / f"{node}.cert.pem").read_bytes())
    trust(home.keys, home.settings.customs, own_certificate(house))
    customs = open_customs(house)
    if sshd is not None:
        home.close()
        over_sftp(path, sshd)
        home = Home(path, passphrase=lambda _key: None)
    try:
        with locked(home):
            yield Desk(home, Worker(home), customs)
    finally:
        home.close()
        customs.close()
