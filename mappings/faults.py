"""The table of faults: every code we can refuse with, its disposition, number and sentences, from `faults.toml`.

Refused                  root of every package's errors: a code of the table and its evidence
└── one root a package   BadKind (mappings), XsdError, SigningError, ChannelError, ParcelError, LedgerError, …
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files


class Disposition(StrEnum):
    """What happens to the thing that has the fault (`docs/reference/faults.md`)."""

    RETRY = "retry"  # a temporary reason: try again later, by the ladder
    WAIT = "wait"  # left where it lies until it is complete or its cause arrives
    QUARANTINE = "quarantine"  # taken in, kept with its bytes, not used
    HOLD = "hold"  # kept until a person decides
    REFUSE = "refuse"  # turned away at the door: the sender keeps it
    DUPLICATE = "duplicate"  # seen before: the first answer is the answer
    WARN = "warn"  # recorded with the document, never a refusal


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One row of `faults.toml`. `number` is the 4xxx code for DxpRep (manual of the exchange platform, table 7)."""

    code: str
    disposition: Disposition
    number: str
    zh: str
    en: str
    next: str
    source: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a declaration, told at the enterprise's own place.

    path: JSON pointer into the declaration (`/content/lines/1/quantity`), or the file's own row and column.
    found: the offending value as text, empty when there is none.
    """

    code: str
    path: str
    zh: str
    en: str
    source: str = ""
    next: str = ""
    found: str = ""
    warning: bool = False


class Refused(Exception):
    """Something is turned away for a reason of the table. Evidence fills the placeholders of the sentences."""

    def __init__(self, code: str, /, **evidence: object) -> None:
        super().__init__(code, evidence)
        self.code = code
        self.evidence = evidence

    @property
    def kind(self) -> FaultKind:
        return table()[self.code]

    @property
    def reason(self) -> str:
        """`CODE: sentence`, in Chinese."""
        return f"{self.code}: {self.zh}"

    @property
    def zh(self) -> str:
        return fill(self.kind.zh, self.evidence)

    @property
    def en(self) -> str:
        return fill(self.kind.en, self.evidence)

    def at(self, path: str, found: str = "") -> Fault:
        """This refusal as a fault of a declaration."""
        kind = self.kind
        return Fault(self.code, path, self.zh, self.en, kind.source, kind.next, found)

    def __str__(self) -> str:
        return f"{self.reason} | {self.en}"


class _Evidence(dict[str, object]):
    """A placeholder without evidence reads as a dash: an error must never die of its own sentence."""

    def __missing__(self, key: str) -> str:
        return "—"


def fill(sentence: str, evidence: Mapping[str, object]) -> str:
    return sentence.format_map(_Evidence(evidence))


def fault(code: str, path: str, found: str = "", /, **evidence: object) -> Fault:
    """A fault of the table at a place of a declaration. Evidence may say more of what was found than its text does."""
    return Refused(code, **{"found": found, **evidence}).at(path, found)


@cache
def table() -> Mapping[str, FaultKind]:
    """All faults by code. Raises ValueError naming the row when the file is not well made."""
    raw = tomllib.loads(files("mappings").joinpath("faults.toml").read_text(encoding="utf-8"))
    rows: dict[str, FaultKind] = {}
    numbers: dict[str, str] = {}
    for code, row in raw.items():
        missing = {"disposition", "number", "zh", "en", "next", "source"} ^ row.keys()
        if missing:
            raise ValueError(f"faults.toml: {code}: keys missing or unknown: {sorted(missing)}")
        if not 4000 <= int(row["number"]) <= 9999:
            raise ValueError(f"faults.toml: {code}: number {row['number']} is outside 4000-9999")
        if row["number"] in numbers:
            raise ValueError(f"faults.toml: {code}: number {row['number']} is taken by {numbers[row['number']]}")
        numbers[row["number"]] = code
        rows[code] = FaultKind(
            code, Disposition(row["disposition"]), row["number"], row["zh"], row["en"], row["next"], row["source"]
        )
    return rows
