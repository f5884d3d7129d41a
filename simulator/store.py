"""Customs' own memory: files that were taken, documents, steps and posts, each asked for by name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from simulator.database import FILE, Database
from simulator.rows import Case, Entry, Letter, Post, Step, Taken

__all__ = ["FILE", "Store"]


class Store(Database):
    """The tables, by what is asked of them. Whoever writes does it inside `transaction`."""

    # files that were taken

    def taken(self, road: str, name: str, sha256: str) -> Taken | None:
        """The latest taking of this very file."""
        row = self._one(
            "SELECT * FROM taken WHERE road = ? AND name = ? AND sha256 = ? ORDER BY id DESC LIMIT 1",
            road,
            name,
            sha256,
        )
        return Taken.of(row) if row else None

    def taking(self, id_: int) -> Taken:
        row = self._one("SELECT * FROM taken WHERE id = ?", id_)
        assert row is not None
        return Taken.of(row)

    def add_taken(self, row: Taken) -> Taken:
        """Recorded; without `first` its answers are its own."""
        values = (row.road, row.name, row.sha256, row.at, row.code, row.sender, row.cop_msg_id, row.type,
                  json.dumps(row.moods), row.first, row.moved)  # fmt: skip
        added = self._db.execute(_ADD_TAKEN, values).lastrowid
        assert added is not None
        if not row.first:
            self._db.execute("UPDATE taken SET first = id WHERE id = ?", (added,))
        return replace(row, id=added, first=row.first or added)

    def add_moods(self, taken: int, words: Sequence[str]) -> None:
        self._db.execute("UPDATE taken SET moods = ? WHERE id = ?", (json.dumps(words), taken))

    def seen(self, sender: str, cop_msg_id: str) -> tuple[str, int] | None:
        """sha256 and taking of the first message with that id."""
        row = self._one("SELECT sha256, taken FROM seen WHERE sender = ? AND cop_msg_id = ?", sender, cop_msg_id)
        return (row["sha256"], row["taken"]) if row else None

    def add_seen(self, row: Taken) -> None:
        self._db.execute("INSERT INTO seen VALUES (?, ?, ?, ?)", (row.sender, row.cop_msg_id, row.sha256, row.id))

    def moved(self, ids: Iterable[int]) -> None:
        self._db.executemany("UPDATE taken SET moved = 1 WHERE id = ?", [(id_,) for id_ in ids])

    def answer_again(self, row: Taken) -> None:
        """The first answers are due once more, the same bytes under the same names."""
        self._db.execute("UPDATE taken SET moved = 0 WHERE id = ?", (row.id,))
        self._db.execute("UPDATE posts SET written = 0 WHERE cause = ?", (row.first,))

    # documents

    def case(self, sender: str, number: str) -> Case | None:
        row = self._one("SELECT * FROM cases WHERE sender = ? AND number = ?", sender, number)
        return Case.of(row) if row else None

    def cases(self, number: str = "") -> list[Case]:
        """All, or those of a number."""
        where = " WHERE number = ?" if number else ""
        rows = self._db.execute(f"SELECT * FROM cases{where} ORDER BY sender, number", (number,) if number else ())  # noqa: S608
        return [Case.of(row) for row in rows]

    def save_case(self, case: Case) -> None:
        values = (case.sender, case.number, case.kind, case.version, case.state, case.parent, _json(case.content), _json(case.facts),
                  json.dumps(case.moods), case.cause, case.stated, case.submissions, case.effects)  # fmt: skip
        self._db.execute(f"INSERT OR REPLACE INTO cases VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608

    def advance(self, sender: str, number: str, stated: int) -> None:
        """A family's latest stated time."""
        self._db.execute(
            "UPDATE cases SET stated = max(stated, ?) WHERE sender = ? AND number = ?", (stated, sender, number)
        )

    # steps

    def add_steps(self, steps: Iterable[Step]) -> None:
        rows = [
            (s.due, s.shift, s.rank, s.look, s.sender, s.number, s.status, s.cause, s.reason, _json(s.given))
            for s in steps
        ]
        self._db.executemany(_ADD_STEP, rows)

    def due_steps(self, now: int, limit: int) -> list[Step]:
        rows = self._db.execute(
            "SELECT * FROM steps WHERE done = 0 AND due <= ? AND look <= ? ORDER BY due, look, id LIMIT ?",
            (now, self.counted(LOOK), limit),
        )
        return [Step.of(row) for row in rows]

    def open_steps(self) -> list[Step]:
        """What the desks will do, in its order."""
        return [Step.of(row) for row in self._db.execute("SELECT * FROM steps WHERE done = 0 ORDER BY due, look, id")]

    def steps_of(self, sender: str, number: str) -> list[Step]:
        """What was done with a document, and what will be."""
        rows = self._db.execute(
            "SELECT * FROM steps WHERE sender = ? AND number = ? ORDER BY due, id", (sender, number)
        )
        return [Step.of(row) for row in rows]

    def looked(self) -> int:
        """How many looks were counted."""
        return self.counted(LOOK)

    def count_look(self) -> None:
        """One look more, where anything waits for looks."""
        waiting = "SELECT 1 AS n FROM {} WHERE done = 0 AND look > ? LIMIT 1"
        if any(self._one(waiting.format(table), self.counted(LOOK)) for table in ("steps", "letters")):
            with self.transaction():
                self.count(LOOK)

    def end_step(self, id_: int, problem: str = "") -> None:
        done = 3 if problem else 1
        self._db.execute("UPDATE steps SET done = ?, problem = ? WHERE id = ?", (done, problem, id_))

    def overtake(self, sender: str, number: str) -> None:
        self._db.execute("UPDATE steps SET done = 2 WHERE done = 0 AND sender = ? AND number = ?", (sender, number))

    def performed(self, sender: str, number: str, status: str) -> int:
        row = self._one("SELECT count(*) AS n FROM steps WHERE done = 1 AND sender = ? AND number = ? AND status = ?",
                        sender, number, status)  # fmt: skip
        return int(row["n"]) if row else 0

    # the journal, and statements of its days

    def note(self, entry: Entry) -> None:
        values = (
            entry.sender,
            entry.number,
            entry.stated,
            entry.state,
            entry.type,
            entry.customs_no,
            entry.certificate_no,
        )
        self._db.execute("INSERT OR REPLACE INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def last_entries(self, sender: str, begin: int, end: int) -> list[Entry]:
        """The latest entry of each document that came to a state between the two (µs, both included), by number."""
        rows = self._db.execute(_LAST_ENTRIES, (sender, begin, end))
        return [Entry.of(row) for row in rows]

    def want_statement(self, date: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO statements VALUES (?, 0)", (date,))

    def statements_wanted(self) -> list[str]:
        return [row["date"] for row in self._db.execute("SELECT date FROM statements WHERE sent = 0 ORDER BY date")]

    def last_statement(self) -> str:
        row = self._one("SELECT max(date) AS date FROM statements WHERE sent = 1")
        return str(row["date"] or "") if row else ""

    def statement_sent(self, date: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO statements VALUES (?, 1)", (date,))

    # letters

    def add_letters(self, letters: Iterable[Letter]) -> None:
        rows = [(one.due, one.look, one.sender, one.number, one.kind, _json(one.given), one.about) for one in letters]
        self._db.executemany(_ADD_LETTER, rows)

    def due_letters(self, now: int, limit: int) -> list[Letter]:
        rows = self._db.execute(
            "SELECT * FROM letters WHERE done = 0 AND due <= ? AND look <= ? ORDER BY due, look, id LIMIT ?",
            (now, self.counted(LOOK), limit),
        )
        return [Letter.of(row) for row in rows]

    def end_letter(self, id_: int, done: int, problem: str = "") -> None:
        self._db.execute("UPDATE letters SET done = ?, problem = ? WHERE id = ?", (done, problem, id_))

    def road_of(self, sender: str) -> str:
        """Where the sender's last message lay, "" where it never sent one."""
        row = self._one("SELECT road FROM taken WHERE sender = ? ORDER BY id DESC LIMIT 1", sender)
        return str(row["road"]) if row else ""

    # posts

    def add_posts(self, posts: Iterable[Post]) -> None:
        rows = [(p.due, p.road, p.name, p.body, p.cause) for p in posts]
        self._db.executemany("INSERT INTO posts (due, road, name, body, cause) VALUES (?, ?, ?, ?, ?)", rows)

    def due_posts(self, now: int, limit: int) -> list[Post]:
        rows = self._db.execute(
            "SELECT * FROM posts WHERE written = 0 AND due <= ? ORDER BY due, id LIMIT ?", (now, limit)
        )
        return [Post.of(row) for row in rows]

    def mark_posts(self, marks: Iterable[tuple[int, int]]) -> None:
        """(1 written or -1 not possible, id)."""
        self._db.executemany("UPDATE posts SET written = ? WHERE id = ?", list(marks))


_ADD_TAKEN = """
INSERT INTO taken (road, name, sha256, at, code, sender, cop_msg_id, type, moods, first, moved)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_LAST_ENTRIES = """
SELECT sender, number, max(stated) AS stated, state, type, customs_no, certificate_no FROM journal
WHERE sender = ? AND stated BETWEEN ? AND ? GROUP BY sender, number ORDER BY number
"""  # SQLite takes the other columns from the row of the maximum
_ADD_STEP = """
INSERT INTO steps (due, shift, rank, look, sender, number, status, cause, reason, given) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_ADD_LETTER = "INSERT INTO letters (due, look, sender, number, kind, given, about) VALUES (?, ?, ?, ?, ?, ?, ?)"
LOOK = "look"  # the counter of looks


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
