"""Blank forms as a stock: every sheet in its place, and what each application was handed beside its sheets."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, select

from ledger.asking import tenant_code
from ledger.rows import Batch, Sheets
from ledger.statements import AnySelect
from ledger.tables import document, enterprise

_SHEETS: AnySelect = select(
    document.c.number, document.c.state, document.c.parent, document.c.facts, tenant_code()
).join(enterprise, enterprise.c.id == document.c.enterprise_id)
_PAGES = ("continuation_pages_picked", "annex_pages_picked")
EXTRA = "extra_pages"


def sheets(connection: Connection, kind: str, *, owner: str | None) -> list[Sheets]:
    """How many sheets of a family stand in a state, for each enterprise and each application that brought them."""
    counted: Counter[tuple[str, str, str, str]] = Counter()
    pages: Counter[tuple[str, str, str, str]] = Counter()
    for row in connection.execute(_of(kind, owner)):
        family = row.number.rpartition(":")[0]
        key = (row.enterprise, family, row.state, row.parent)
        counted[key] += 1
        pages[key] += _whole(json.loads(row.facts).get(EXTRA, "0"))
    return [Sheets(*key, count, pages[key]) for key, count in sorted(counted.items())]


def batches(connection: Connection, kind: str, *, owner: str | None) -> Iterator[Batch]:
    """The applications of a kind with what customs says that it handed out."""
    for row in connection.execute(_of(kind, owner).order_by(document.c.id)):
        facts = json.loads(row.facts)
        picked, (continuation, annex) = facts.get("total_picked"), (_whole(facts.get(name, "0")) for name in _PAGES)
        yield Batch(
            row.enterprise, row.number, row.state, None if picked is None else _whole(picked), continuation, annex
        )


def _of(kind: str, owner: str | None) -> AnySelect:
    chosen = _SHEETS.where(document.c.kind == kind)
    return chosen if owner is None else chosen.where((enterprise.c.code == owner) | (enterprise.c.uscc == owner))


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() else 0
