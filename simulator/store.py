"""Customs' own memory: files, documents, letters and statements, each asked for by name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from simulator.database import FILE
from simulator.rows import Letter
from simulator.store_cases import LOOK, Cases
from simulator.store_files import Files

__all__ = ["FILE", "Store"]


class Store(Cases, Files):
    """The tables, by what is asked of them. Whoever writes does it inside `transaction`; files are written before what they caused."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(path)
        self._letters = self._added(_ADD_LETTER)

    # letters

    def add_letters(self, letters: Iterable[Letter]) -> None:
        for one in letters:
            given = json.dumps(one.given, ensure_ascii=False, sort_keys=True)
            self._letters.add(one.due, one.look, one.sender, one.number, one.kind, given, one.about)

    def due_letters(self, now: int, limit: int) -> list[Letter]:
        looked = self.counted(LOOK)
        return [Letter.of(row) for row in self._all(_DUE_LETTERS, now, looked, limit)]

    def end_letter(self, id_: int, done: int, problem: str = "") -> None:
        self._db.execute("UPDATE letters SET done = ?, problem = ? WHERE id = ?", (done, problem, id_))

    # statements of days

    def want_statement(self, date: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO statements VALUES (?, 0)", (date,))

    def statements_wanted(self) -> list[str]:
        return [row["date"] for row in self._db.execute("SELECT date FROM statements WHERE sent = 0 ORDER BY date")]

    def last_statement(self) -> str:
        row = self._one("SELECT max(date) AS date FROM statements WHERE sent = 1")
        return str(row["date"] or "") if row else ""

    def statement_sent(self, date: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO statements VALUES (?, 1)", (date,))


_ADD_LETTER = "INSERT INTO letters (due, look, sender, number, kind, given, about) VALUES (?, ?, ?, ?, ?, ?, ?)"
_DUE_LETTERS = "SELECT * FROM letters WHERE done = 0 AND due <= ? AND look <= ? ORDER BY due, look, id LIMIT ?"
