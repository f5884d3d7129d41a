"""`gateway stock`: blank forms by family and state, every sheet accounted for, and the pages beside them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import Door

if TYPE_CHECKING:
    from rich.console import Console

    from ledger.rows import Batch, Sheets

KIND, APPLICATION = "blank_form", "blank_certificate_application"
PLACES: Mapping[str, tuple[str, ...]] = {
    "unused": ("U",),
    "used": ("W",),
    "spoilt": ("SP",),
    "void_pending": ("VP", "VS"),
    "void": ("V",),
    "return_pending": ("RP",),
    "returned": ("R",),
}
_OF_STATE = {state: place for place, states in PLACES.items() for state in states}
Owner = Annotated[str, typer.Option("--enterprise", metavar="CODE", help="只看一家企业 / of this enterprise.")]


def stock(door: Door, enterprise: Owner = "") -> int:
    """空白证书库存：每一张的去向 / blank forms: where every sheet is."""
    with door.open() as home:
        sheets = home.ledger.sheets(KIND, owner=enterprise or None)
        batches = home.ledger.batches(APPLICATION, owner=enterprise or None)
    told = summary(sheets, batches)
    door.teller.tell(told, lambda out: _print(door, out, told))
    return 0 if told["accounted"] else 1


def summary(sheets: Sequence[Sheets], batches: Sequence[Batch]) -> dict[str, Any]:
    """families and total by place; applications with what was handed out against what is known; pages handed out and used."""
    families: dict[str, Counter[str]] = defaultdict(Counter)
    known: Counter[str] = Counter()
    for row in sheets:
        families[row.family][_OF_STATE.get(row.state, row.state)] += row.amount
        known[row.parent] += row.amount
    applications = [_application(batch, known[batch.number]) for batch in batches]
    pages = {
        "continuation": sum(batch.continuation for batch in batches),
        "annex": sum(batch.annex for batch in batches),
        "used": sum(row.pages for row in sheets),
    }
    return {
        "families": [{"family": name, **_places(found)} for name, found in sorted(families.items())],
        "total": _places(_sum(families.values())),
        "pages": pages,
        "applications": applications,
        "accounted": all(row["missing"] == 0 for row in applications),
    }


def _application(batch: Batch, known: int) -> dict[str, Any]:
    return {
        "number": batch.number,
        "state": batch.state,
        "picked": batch.picked,
        "known": known,
        "missing": (batch.picked or 0) - known,
        "continuation": batch.continuation,
        "annex": batch.annex,
    }


def _places(found: Mapping[str, int]) -> dict[str, int]:
    """Every place, also one without a sheet; a state that no place knows stands under its code."""
    strange = {name: count for name, count in found.items() if name not in PLACES}
    return {**{place: found.get(place, 0) for place in PLACES}, **strange, "total": sum(found.values())}


def _sum(each: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for found in each:
        total.update(found)
    return total


def _print(door: Door, out: Console, told: Mapping[str, Any]) -> None:
    rows = [*told["families"], {"family": door.teller.one("合计", "total"), **told["total"]}]
    out.print(door.teller.table(rows, ("family", *PLACES, "total")))
    pages = told["pages"]
    out.print(
        door.teller.one(
            f"领取续页 {pages['continuation']} 页，副页 {pages['annex']} 页；打印时使用 {pages['used']} 页",
            f"Continuation pages handed out {pages['continuation']}, annex pages {pages['annex']}; used in printing {pages['used']}",
        )
    )
    missing = [row for row in told["applications"] if row["missing"]]
    if missing:
        out.print(door.teller.table(missing, ("number", "state", "picked", "known", "missing")))
