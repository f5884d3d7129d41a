"""Mistakes that a reconciliation must find: each is made on one document of one day, behind the back of one end or the other.

Each takes a `Day` and returns what must be found of it. Documents are blank applications, of which each is a message by itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from console.cli.make import CUSTOMS
from mappings.clock import micros
from simulator.store import FILE

KIND, SERIES, ENDED, OTHER = "blank_certificate_application", "B", "BP", "HT"
NODE = len("DXPENT")


@dataclass(frozen=True, order=True)
class Found:
    """One difference: of which day (8 digits) and enterprise, of what sort, about which document."""

    date: str
    enterprise: str
    what: str
    number: str


@dataclass(frozen=True)
class Day:
    """A home at the end of a day. spoken_for: numbers that have a mistake already."""

    home: Path
    date: str
    spoken_for: set[str]

    def ended(self) -> list[tuple[str, str]]:
        """Sender and number of the applications whose end was told today, and that nothing is planted in."""
        rows = self.ask(
            "SELECT sender, number FROM journal WHERE state = ? AND stated >= ? AND number LIKE ? ORDER BY number",
            ENDED, micros(f"{self.date}000000000"), f"{SERIES}%",
        )  # fmt: skip
        return [(str(sender), str(number)) for sender, number in rows if number not in self.spoken_for]

    def ask(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.home / CUSTOMS / FILE)) as database:
            return database.execute(sql, values).fetchall()

    def change(self, sql: str, *values: object) -> None:
        """Raises AssertionError where nothing is changed."""
        with closing(sqlite3.connect(self.home / CUSTOMS / FILE)) as database, database:
            assert database.execute(sql, values).rowcount > 0, sql

    def found(self, sender: str, what: str, number: str) -> Found:
        return Found(self.date, sender[NODE:], what, number)


def lose_a_receipt(day: Day) -> list[Found]:
    """Somebody takes the last receipt of an application out of the InBox before the gateway looks."""
    for sender, number in day.ended():
        files = sorted((day.home / "channels").rglob(f"InBox/Receipt_{number}_*.xml"))
        if files:
            files[-1].unlink()
            return [day.found(sender, "differing", number)]
    raise AssertionError("no receipt lies in an InBox")


def forget(day: Day) -> list[Found]:
    """Customs knows nothing of a document any more."""
    sender, number = day.ended()[0]
    day.change("DELETE FROM journal WHERE sender = ? AND number = ?", sender, number)
    return [day.found(sender, "missing", number)]


def decide_otherwise(day: Day) -> list[Found]:
    """Customs came to another state and told nobody."""
    sender, number = day.ended()[0]
    day.change(
        "UPDATE journal SET state = ? WHERE sender = ? AND number = ? AND state = ?", OTHER, sender, number, ENDED
    )
    return [day.found(sender, "differing", number)]


def invent(day: Day) -> list[Found]:
    """Customs has a document that nobody sent."""
    sender, number = day.ended()[0]
    strange = f"{number[:5]}9{number[6:]}"
    day.change(
        "INSERT INTO journal SELECT sender, ?, stated, state, type, customs_no, certificate_no FROM journal "
        "WHERE sender = ? AND number = ? AND state = ?",
        strange, sender, number, ENDED,
    )  # fmt: skip
    return [day.found(sender, "unknown", strange)]


def mistake_the_number(day: Day) -> list[Found]:
    """A document lies at customs under a number that is not its own."""
    sender, number = day.ended()[0]
    other = f"{number[:5]}8{number[6:]}"
    day.change("UPDATE journal SET number = ? WHERE sender = ? AND number = ?", other, sender, number)
    return [day.found(sender, "missing", number), day.found(sender, "unknown", other)]


def give_a_number_twice(day: Day) -> list[Found]:
    """Two documents have one customs number."""
    sender, number = day.ended()[0]
    [(taken,)] = day.ask("SELECT max(customs_no) FROM journal WHERE number != ?", number)
    day.change("UPDATE journal SET customs_no = ? WHERE sender = ? AND number = ?", taken, sender, number)
    return [day.found(sender, "differing", number)]


MISTAKES: tuple[Callable[[Day], list[Found]], ...] = (
    lose_a_receipt,
    forget,
    decide_otherwise,
    invent,
    mistake_the_number,
    give_a_number_twice,
)
