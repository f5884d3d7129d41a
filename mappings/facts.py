"""Facts: what a rule must know of elsewhere, by the name that the kind gives it, fetched before the way begins.

A fact is the state and the values of another document (an e-ledger) as it was in one version, or of the account itself,
which is `ACCOUNT`. What nobody knows is not among the facts; then the rules that ask for it are silent, and nothing is
filled in from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mappings.table import Table

ACCOUNT = "account"  # who declares: by the ids under which kinds show it


@dataclass(frozen=True, slots=True)
class Asked:
    """A fact that a kind asks for. kind: of the document that holds it. by: the field that holds its number.

    ask: the kind of message that asks customs for it where nobody knows it; its field `by` is the question.
    certain: nothing is declared without it, and what it says holds in whichever state the document is. So what it fills
    in is judged as if it had been given, once it is there.
    """

    name: str
    kind: str
    by: str
    ask: str
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Backfill:
    """Fields that are filled in from a fact where the declaration leaves them out (返填).

    fact: its name and the groups inside it. within: the group of the content. match: the field that both sides share, ""
    where the items of the group are filled in as one or not at all. rows: where the content has no such group, it is the
    fact's.
    """

    fact: tuple[str, ...]
    within: str
    match: str
    of: tuple[str, ...]
    rows: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """What was found: number, state and version (revision) of the document, and its values by dictionary id."""

    number: str
    state: str
    version: int
    values: Mapping[str, Any] = field(default_factory=dict)


Facts = Mapping[str, Fact]


def account(*, code: str, uscc: str, name: str) -> Fact:
    """The account that declares, as applicant and as declarant (系统自动返填当前插卡, 002 §4.2.1.1)."""
    values = {
        f"{role}_{what}": value
        for role in ("applicant", "declarant")
        for what, value in (("customs_code", code), ("uscc", uscc), ("name", name))
        if value
    }
    return Fact(code or uscc, "", 0, values)


def looked_up(facts: Facts, path: Sequence[str]) -> Any:
    """The values at a path: those of the fact, or of a group in it. None where nobody knows the fact."""
    fact = facts.get(path[0])
    if fact is None or not fact.values:
        return None
    found: Any = fact.values
    for step in path[1:]:
        found = found.get(step) or []
    return found


def row_of(rows: Any, match: str, item: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The values that belong to an item: all of them, or the row of a group that agrees with it in `match`."""
    if isinstance(rows, Mapping) or rows is None:
        return rows
    return next((row for row in rows if row.get(match) == item.get(match) is not None), None)


def load_asked(table: Table) -> tuple[Asked, ...]:
    return tuple(_asked(entry) for entry in table.tables("fact"))


def _asked(table: Table) -> Asked:
    asked = Asked(
        table.take("name", str),
        table.take("kind", str),
        table.take("by", str),
        table.take("ask", str, ""),
        certain=table.flag("certain"),
    )
    table.done()
    if asked.name == ACCOUNT:
        raise table.bad(f"'{ACCOUNT}' is who declares, and asked for by nobody")
    return asked


def load_backfills(table: Table) -> tuple[Backfill, ...]:
    return tuple(_backfill(entry) for entry in table.tables("backfill"))


def _backfill(table: Table) -> Backfill:
    path = tuple(table.take("fact", str).split("/"))
    found = Backfill(
        path, table.take("in", str, ""), table.take("match", str, ""), table.texts("of"), rows=table.flag("rows")
    )
    table.done()
    if len(path) > 1 and not found.match and not found.rows:
        raise table.bad("a row of a group is found by a field: key 'match' is missing")
    return found
