"""Reading a TOML table strictly: every key is taken once, with its type; what is left over is an error with its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

T = TypeVar("T")

_MISSING: Any = object()
_SPAN = re.compile(r"(\d+)(ms|s|m|h|d)")
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class BadKind(Exception):
    """The contract's data is not well made: `kinds/self_reprint/kind.toml: field[2]: unknown key 'aplication_no'`.

    place: the file, and the path inside it. problem: one sentence.
    """

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place
        self.problem = problem


class Table:
    """One TOML table and the place where it stands."""

    def __init__(self, place: str, values: Mapping[str, Any]) -> None:
        self.place = place
        self._left = dict(values)

    @classmethod
    def read(cls, file: Traversable, place: str) -> Table:
        try:
            return cls(place, tomllib.loads(file.read_text(encoding="utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as bad:
            raise BadKind(place, f"not TOML: {bad}") from bad

    def bad(self, problem: str) -> BadKind:
        return BadKind(self.place, problem)

    def take(self, key: str, wanted: type[T], default: T = _MISSING) -> T:
        """The value of a key. Without a default the key is required and, as a text, not empty."""
        value = self._left.pop(key, default)
        if value is _MISSING:
            raise self.bad(f"key '{key}' is missing")
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise self.bad(f"key '{key}' must be {wanted.__name__}, is {value!r}")
        if value == "" and default is _MISSING:
            raise self.bad(f"key '{key}' is empty")
        return value

    def choice(self, key: str, among: type[T], default: T = _MISSING) -> T:
        """The value of a key as a member of an enum."""
        if key not in self._left and default is not _MISSING:
            return default
        value = self.take(key, str)
        try:
            return among(value)  # type: ignore[call-arg]
        except ValueError as bad:
            raise self.bad(f"key '{key}': {value!r} is none of {[str(m) for m in among]}") from bad  # type: ignore[attr-defined]

    def flag(self, key: str) -> bool:
        return self.take(key, bool, default=False)

    def texts(self, key: str) -> tuple[str, ...]:
        values = self.take(key, list, [])
        if not all(isinstance(value, str) for value in values):
            raise self.bad(f"key '{key}' must be a list of texts")
        return tuple(values)

    def span(self, key: str) -> timedelta | None:
        """A time span like "30m" or "5d"; None where the key is absent or empty."""
        value = self.take(key, str, "")
        if not value:
            return None
        found = _SPAN.fullmatch(value)
        if not found:
            raise self.bad(f"key '{key}': {value!r} is no time span such as 30m, 2h, 5d")
        return timedelta(**{_UNITS[found[2]]: int(found[1])})

    def table(self, key: str) -> Mapping[str, Any]:
        values: Mapping[str, Any] = self.take(key, dict, {})
        return values

    def tables(self, key: str) -> Iterator[Table]:
        """The tables of an array of tables, each with its own place."""
        for index, values in enumerate(self.take(key, list, [])):
            if not isinstance(values, dict):
                raise self.bad(f"key '{key}' must be a list of tables")
            yield Table(f"{self.place}: {key}[{index}]", values)

    def named(self) -> Iterator[tuple[str, Table]]:
        """All that is left, as tables by name."""
        for key, values in list(self._left.items()):
            if not isinstance(values, dict):
                raise self.bad(f"'{key}' must be a table")
            del self._left[key]
            yield key, Table(f"{self.place}: [{key}]", values)

    def done(self) -> None:
        if self._left:
            raise self.bad(f"unknown key '{next(iter(self._left))}'")
