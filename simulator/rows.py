"""The rows of customs' store, as values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ENDED = frozenset({"done", "problem"})  # columns of what a desk does that say how it ended


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was taken from an OutBox. code: "0", or that of its DxpRep. at: µs. first: whose answers are its own."""

    road: str
    name: str
    sha256: str
    at: int
    code: str
    sender: str = ""
    cop_msg_id: str = ""
    type: str = ""
    moods: tuple[str, ...] = ()
    id: int = 0
    first: int = 0
    moved: bool = False

    @classmethod
    def of(cls, row: sqlite3.Row) -> Taken:
        return cls(**{**dict(row), "moods": tuple(_loaded(row["moods"])), "moved": bool(row["moved"])})


@dataclass(frozen=True, slots=True)
class Seen:
    """A message id: the bytes that it first came with, and their taking."""

    sender: str
    cop_msg_id: str
    sha256: str
    taken: int


@dataclass(frozen=True, slots=True)
class Case:
    """A document as customs knows it. moods: the words that are not used up. stated: µs, the latest of its family."""

    sender: str
    number: str
    kind: str
    version: int
    state: str
    cause: int
    parent: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    moods: tuple[str, ...] = ()
    stated: int = 0
    submissions: int = 0
    effects: int = 0

    @classmethod
    def of(cls, row: sqlite3.Row) -> Case:
        loaded = {name: _loaded(row[name]) for name in ("content", "facts", "moods")}
        return cls(**{**dict(row), **loaded, "moods": tuple(loaded["moods"])})


@dataclass(frozen=True, slots=True)
class Step:
    """What a desk does next. due, shift: µs. status "": restates what is so already. given: what was laid down for it.

    look: the number of the look at which it is due at the earliest.
    """

    due: int
    sender: str
    number: str
    status: str
    cause: int
    shift: int = 0
    rank: int = 0
    reason: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    look: int = 0
    id: int = 0

    @classmethod
    def of(cls, row: sqlite3.Row) -> Step:
        known = {name: row[name] for name in row.keys() if name not in ENDED}  # noqa: SIM118  (a row iterates over values)
        return cls(**{**known, "given": _loaded(row["given"])})


@dataclass(frozen=True, slots=True)
class Entry:
    """A state that a document came to at `stated` (µs), as the journal keeps it."""

    sender: str
    number: str
    stated: int
    state: str
    type: str = ""
    customs_no: str = ""
    certificate_no: str = ""

    @classmethod
    def of(cls, row: sqlite3.Row) -> Entry:
        return cls(**dict(row))


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that customs sends by itself. number: what it is about, "" for no document. given: what was laid down for it.

    about: the fact without which it is not sent, "" for none: what was never issued is not set invalid.
    """

    due: int
    sender: str
    number: str
    kind: str
    given: Mapping[str, Any] = field(default_factory=dict)
    look: int = 0
    about: str = ""
    id: int = 0

    @classmethod
    def of(cls, row: sqlite3.Row) -> Letter:
        known = {name: row[name] for name in row.keys() if name not in ENDED}  # noqa: SIM118  (a row iterates over values)
        return cls(**{**known, "given": _loaded(row["given"])})


@dataclass(frozen=True, slots=True)
class Post:
    """A file that is to be put into an InBox at `due` (µs)."""

    due: int
    road: str
    name: str
    body: bytes
    cause: int | None
    id: int = 0

    @classmethod
    def of(cls, row: sqlite3.Row) -> Post:
        return cls(row["due"], row["road"], row["name"], row["body"], row["cause"], row["id"])


def _loaded(text: str) -> Any:
    """JSON; what is empty mostly is not read."""
    return {} if text == "{}" else [] if text == "[]" else json.loads(text)
