"""Mistakes of an intake map, gathered while it is read: whoever writes a map hears of all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from gateway.errors import Unreadable
from mappings.table import BadKind, Table

T = TypeVar("T")


class BadMap(Unreadable):
    """An intake map is not well made. problems: each with its key, `[fields.remark] …`."""

    def __init__(self, file: str, problems: tuple[str, ...]) -> None:
        super().__init__("MAP_BAD", name=file, detail="；".join(problems), path=file)
        self.problems = problems


class Problems:
    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[str] = []

    def add(self, place: str, zh: str, en: str) -> None:
        self.found.append(f"{place}: {zh} / {en}")

    def attempt(self, act: Callable[[], T], *, instead: T) -> T:
        """What `act` gives; where it says BadKind, note that and go on with `instead`."""
        try:
            return act()
        except BadKind as bad:
            self.found.append(f"{bad.place}: {bad.problem}")
            return instead

    def inner(self, table: Table, key: str) -> Mapping[str, Any]:
        """The table below a key, empty where there is none."""
        none: Mapping[str, Any] = {}
        return self.attempt(lambda: table.table(key), instead=none)

    def end(self) -> None:
        """Raises BadMap when there was any."""
        if self.found:
            raise BadMap(self.file, tuple(dict.fromkeys(self.found)))
