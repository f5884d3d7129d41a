"""`gateway doctor`: everything that is asked of a home, each topic whatever became of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.health import checks
from gateway.health.checks import ALARM, Finding
from gateway.home import Home
from gateway.passphrase import Passphrase
from mappings.faults import Refused

Ask = Callable[[Home], Iterator[Finding]]
WITHOUT_LEDGER: dict[str, Ask] = {
    "rights": checks.rights, "file_system": checks.file_system, "space": checks.space, "handles": checks.handles,
}  # fmt: skip
WITH_LEDGER: dict[str, Ask] = {
    "clock": checks.clock, "channels": checks.channels, "keys": checks.keys, "queue": checks.queue,
    "conservation": checks.conservation,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Examination:
    """asked: topics that were looked at; what depends on a database that cannot be opened is not."""

    asked: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        return all(finding.level == checks.NOTICE for finding in self.findings)


def examine(path: Path, *, passphrase: Passphrase, refold: bool = False) -> Examination:
    """Raises nothing of the table: what is refused is a finding."""
    try:
        home = Home(path, passphrase=passphrase)
    except Refused as refused:
        return Examination(("settings",), (Finding("settings", ALARM, refused),))
    try:
        return _examined(home, refold=refold)
    finally:
        home.close()


def _examined(home: Home, *, refold: bool) -> Examination:
    asked, found = ["settings", *WITHOUT_LEDGER, "database"], list[Finding]()
    for topic, ask in WITHOUT_LEDGER.items():
        found += _asked(topic, ask, home)
    in_database = _asked("database", checks.database, home)
    found += in_database
    if not any(finding.level == ALARM for finding in in_database):
        more = {**WITH_LEDGER, "refold": checks.refold} if refold else WITH_LEDGER
        for topic, ask in more.items():
            asked.append(topic)
            found += _asked(topic, ask, home)
    return Examination(tuple(asked), tuple(found))


def _asked(topic: str, ask: Ask, home: Home) -> list[Finding]:
    try:
        return list(ask(home))
    except Refused as refused:
        return [Finding(topic, ALARM, refused)]
