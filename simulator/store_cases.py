"""Customs' memory of documents: what they are, what desks will do with them, and which states they came to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from simulator.database import Database
from simulator.holding import Texts
from simulator.rows import Case, Entry, Step

LOOK = "look"  # the counter of looks
DONE, OVERTAKEN, IMPOSSIBLE = 1, 2, 3


class Cases(Database):
    """The tables cases, steps and journal."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(path)
        self._texts = Texts()
        self._cases = self._keyed(_SAVE, self._case_values)
        self._steps = self._added(_ADD_STEP)
        self._ends = self._added("UPDATE steps SET done = ?, problem = ? WHERE id = ?", skip=1)
        self._journal = self._added("INSERT OR REPLACE INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)")

    # documents

    def case(self, sender: str, number: str) -> Case | None:
        if not self._inside:
            return self._load_case(sender, number)
        return self._cases.find((sender, number), lambda: self._load_case(sender, number))

    def cases(self, number: str = "") -> list[Case]:
        """All, or those of a number."""
        where = " WHERE number = ?" if number else ""
        rows = self._all(f"SELECT * FROM cases{where} ORDER BY sender, number", *((number,) if number else ()))  # noqa: S608
        return [Case.of(row) for row in rows]

    def of_kind(self, kind: str) -> list[Case]:
        """All of a kind. Outside a transaction."""
        return [Case.of(row) for row in self._all("SELECT * FROM cases WHERE kind = ? ORDER BY sender, number", kind)]

    def save_case(self, case: Case) -> None:
        self._cases.put((case.sender, case.number), case)

    def advance(self, sender: str, number: str, stated: int) -> None:
        """A family's latest stated time."""
        case = self.case(sender, number)
        if case and case.stated < stated:
            self.save_case(replace(case, stated=stated))

    def _load_case(self, sender: str, number: str) -> Case | None:
        row = self._one("SELECT * FROM cases WHERE sender = ? AND number = ?", sender, number)
        if row is None:
            return None
        case = Case.of(row)
        self._texts.learn(case.content, row["content"])
        self._texts.learn(case.facts, row["facts"])
        return case

    def _case_values(self, case: Case) -> tuple[object, ...]:
        text = self._texts.of
        return (case.sender, case.number, case.kind, case.version, case.state, case.parent, text(case.content), text(case.facts),
                text(case.moods), case.cause, case.stated, case.submissions, case.effects)  # fmt: skip

    # steps

    def add_steps(self, steps: Iterable[Step]) -> None:
        for s in steps:
            given = self._texts.of(s.given)
            self._steps.add(s.due, s.shift, s.rank, s.look, s.sender, s.number, s.status, s.cause, s.reason, given)

    def due_steps(self, now: int, limit: int) -> list[Step]:
        looked = self.counted(LOOK)
        return [Step.of(row) for row in self._all(_DUE_STEPS, now, looked, limit)]

    def open_steps(self) -> list[Step]:
        """What the desks will do, in its order."""
        return [Step.of(row) for row in self._all("SELECT * FROM steps WHERE done = 0 ORDER BY due, look, id")]

    def steps_of(self, sender: str, number: str) -> list[Step]:
        """What was done with a document, and what will be."""
        rows = self._all("SELECT * FROM steps WHERE sender = ? AND number = ? ORDER BY due, id", sender, number)
        return [Step.of(row) for row in rows]

    def looked(self) -> int:
        """How many looks were counted."""
        return self.counted(LOOK)

    def count_look(self) -> None:
        """One look more, where anything waits for looks."""
        waiting = "SELECT 1 AS n FROM {} WHERE done = 0 AND look > ? LIMIT 1"
        looked = self.looked()
        if any(self._one(waiting.format(table), looked) for table in ("steps", "letters")):
            with self.transaction():
                self.count(LOOK)

    def end_step(self, step: Step, problem: str = "") -> None:
        self._ends.add(
            (step.sender, step.number, step.status, not problem), IMPOSSIBLE if problem else DONE, problem, step.id
        )

    def overtake(self, sender: str, number: str) -> None:
        """Whatever is planned for the document is off."""
        self._all("UPDATE steps SET done = ? WHERE done = 0 AND sender = ? AND number = ?", OVERTAKEN, sender, number)

    def performed(self, sender: str, number: str, status: str) -> int:
        """How often the document came to a status."""
        row = self._one("SELECT count(*) AS n FROM steps WHERE done = ? AND sender = ? AND number = ? AND status = ?",
                        DONE, sender, number, status)  # fmt: skip
        wanted = (sender, number, status, True)
        now = sum(1 for ended in self._ends.rows if ended[0] == wanted)
        return now + (int(row["n"]) if row else 0)

    # the journal

    def note(self, entry: Entry) -> None:
        self._journal.add(
            entry.sender, entry.number, entry.stated, entry.state, entry.type, entry.customs_no, entry.certificate_no
        )  # fmt: skip

    def last_entries(self, sender: str, begin: int, end: int) -> list[Entry]:
        """The latest entry of each document that came to a state between the two (µs, both included), by number."""
        return [Entry.of(row) for row in self._all(_LAST_ENTRIES, sender, begin, end)]


_SAVE = "INSERT OR REPLACE INTO cases VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ADD_STEP = """
INSERT INTO steps (due, shift, rank, look, sender, number, status, cause, reason, given) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_DUE_STEPS = "SELECT * FROM steps WHERE done = 0 AND due <= ? AND look <= ? ORDER BY due, look, id LIMIT ?"
_LAST_ENTRIES = """
SELECT sender, number, max(stated) AS stated, state, type, customs_no, certificate_no FROM journal
WHERE sender = ? AND stated BETWEEN ? AND ? GROUP BY sender, number ORDER BY number
"""  # SQLite takes the other columns from the row of the maximum
