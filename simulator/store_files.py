"""Customs' memory of files: those that were taken from an OutBox, and those that are to be put into an InBox."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from simulator.database import Database
from simulator.rows import Post, Seen, Taken


class Files(Database):
    """The tables taken, seen and posts."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(path)
        self._taken = self._keyed(_TAKEN, _taken_values)
        self._seen = self._keyed("INSERT INTO seen VALUES (?, ?, ?, ?)", _seen_values)
        self._posts = self._added("INSERT INTO posts (due, road, name, body, cause) VALUES (?, ?, ?, ?, ?)")
        self._again = self._added("UPDATE posts SET written = 0 WHERE cause = ?")
        self._last_taken = 0

    # files that were taken

    def taken(self, road: str, name: str, sha256: str) -> Taken | None:
        """The latest taking of this very file, as it is before a transaction."""
        row = self._one(
            "SELECT * FROM taken WHERE road = ? AND name = ? AND sha256 = ? ORDER BY id DESC LIMIT 1",
            road,
            name,
            sha256,
        )
        return Taken.of(row) if row else None

    def taking(self, id_: int) -> Taken:
        row = self._taken.find(id_, lambda: self._load_taken(id_)) if self._inside else self._load_taken(id_)
        assert row is not None
        return row

    def add_taken(self, row: Taken) -> Taken:
        """Recorded; without `first` its answers are its own."""
        self._last_taken += 1
        row = replace(row, id=self._last_taken, first=row.first or self._last_taken)
        self._taken.put(row.id, row)
        return row

    def add_moods(self, taken: int, words: Sequence[str]) -> None:
        self._taken.put(taken, replace(self.taking(taken), moods=tuple(words)))

    def seen(self, sender: str, cop_msg_id: str) -> tuple[str, int] | None:
        """sha256 and taking of the first message with that id."""
        row = self._seen.find((sender, cop_msg_id), lambda: self._load_seen(sender, cop_msg_id))
        return (row.sha256, row.taken) if row else None

    def add_seen(self, row: Taken) -> None:
        self._seen.put((row.sender, row.cop_msg_id), Seen(row.sender, row.cop_msg_id, row.sha256, row.id))

    def moved(self, ids: Iterable[int]) -> None:
        for id_ in ids:
            self._taken.put(id_, replace(self.taking(id_), moved=True))

    def answer_again(self, row: Taken) -> None:
        """The first answers are due once more, the same bytes under the same names."""
        self._taken.put(row.id, replace(row, moved=False))
        self._again.add(row.first)

    def road_of(self, sender: str) -> str:
        """Where the sender's last message lay, "" where it never sent one."""
        row = self._one("SELECT road FROM taken WHERE sender = ? ORDER BY id DESC LIMIT 1", sender)
        return str(row["road"]) if row else ""

    def _look_round(self) -> None:
        super()._look_round()
        (self._last_taken,) = self._db.execute("SELECT coalesce(max(id), 0) FROM taken").fetchone()

    def _load_taken(self, id_: int) -> Taken | None:
        row = self._one("SELECT * FROM taken WHERE id = ?", id_)
        return Taken.of(row) if row else None

    def _load_seen(self, sender: str, cop_msg_id: str) -> Seen | None:
        row = self._one("SELECT * FROM seen WHERE sender = ? AND cop_msg_id = ?", sender, cop_msg_id)
        return Seen(*row) if row else None

    # posts

    def add_posts(self, posts: Iterable[Post]) -> None:
        for one in posts:
            self._posts.add(one.due, one.road, one.name, one.body, one.cause)

    def due_posts(self, now: int, limit: int) -> list[Post]:
        rows = self._all("SELECT * FROM posts WHERE written = 0 AND due <= ? ORDER BY due, id LIMIT ?", now, limit)
        return [Post.of(row) for row in rows]

    def mark_posts(self, marks: Iterable[tuple[int, int]]) -> None:
        """(1 written or -1 not possible, id)."""
        self._db.executemany("UPDATE posts SET written = ? WHERE id = ?", list(marks))


def _taken_values(row: Taken) -> tuple[object, ...]:
    return (
        row.id, row.road, row.name, row.sha256, row.at, row.code, row.sender, row.cop_msg_id, row.type, json.dumps(row.moods),
        row.first, row.moved,
    )  # fmt: skip


def _seen_values(row: Seen) -> tuple[object, ...]:
    return (row.sender, row.cop_msg_id, row.sha256, row.taken)


_TAKEN = """
INSERT INTO taken (id, road, name, sha256, at, code, sender, cop_msg_id, type, moods, first, moved)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET moods = excluded.moods, moved = excluded.moved
"""
