"""Accounts laid side by side, and the work that is left: `gateway reconcile`, `differences`, `settle`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import Door, actor
from console.cli.when import day, iso_or_empty, plain
from mappings.clock import stamp

if TYPE_CHECKING:
    from rich.console import Console

    from gateway.accounts.listed import Listed
    from gateway.accounts.reconciliation import Reconciled
    from gateway.home import Home
    from ledger.rows import Difference, DifferenceRow
    from ledger.rows import Enterprise as Tenant

COLUMNS = ("id", "side", "number", "reference", "what", "ours", "theirs")
SIDES = {"customs": ("海关", "customs"), "enterprise": ("企业", "enterprise")}
WHAT = {
    "missing": ("对方没有", "missing there"),
    "unknown": ("我方没有", "unknown here"),
    "differing": ("不一致", "differing"),
}
LISTS = "lists"


def reconcile(
    door: Door,
    date: Annotated[str, typer.Option("--date", metavar="D", help="日期，缺省今天 / day, today by default.")] = "",
    list_: Annotated[
        Path | None, typer.Option("--list", metavar="FILE", help="企业清单（CSV、JSON）/ the enterprise's list.")
    ] = None,
    enterprise: Annotated[str, typer.Option("--enterprise", help="企业 / enterprise.")] = "",
) -> int:
    """三方对账：企业清单、账本、海关对账单 / lay the three accounts of a day side by side."""
    from gateway.accounts.reconciliation import reconcile as compare

    with door.open() as home:
        wanted = day(date) if date else stamp(home.clock.now())[:8]
        tenants = _tenants(home, enterprise)
        if list_ and len(tenants) != 1:
            raise typer.BadParameter("清单属于一家企业 / a list is of one enterprise", param_hint="--enterprise")
        found = [compare(home, tenant, wanted, _listed(home, tenant, wanted, list_)) for tenant in tenants]
        ids = {_key(row): row.id for row in home.ledger.differences(date=wanted)}
    value = _told(wanted, found, ids)
    door.teller.tell(value, lambda out: _print(door, out, value))
    return 0 if value["closed"] else 1


def differences(
    door: Door,
    date: Annotated[str, typer.Option("--date", metavar="D", help="日期 / day.")] = "",
    *,
    all_: Annotated[bool, typer.Option("--all", help="含已了结的 / settled ones too.")] = False,
) -> None:
    """对账差异 / what differs, until somebody settles it."""
    with door.open() as home:
        rows = home.ledger.differences(date=day(date) if date else None, open_only=not all_)
    told = [_row(row) for row in rows]
    shown = [_shown(door, row) | {"opened_at": plain(row["opened_at"])} for row in told]
    columns = ("id", "date", "enterprise", *COLUMNS[1:], "opened_at", *(("by", "why") if all_ else ()))
    door.teller.tell(told, lambda out: out.print(door.teller.table(shown, columns)))


def settle(
    door: Door,
    ids: Annotated[list[int], typer.Argument(metavar="ID…", help="`gateway differences` 的序号 / their ids.")],
    why: Annotated[str, typer.Option("--why", help="原因，记入审计 / why, for the audit.")],
) -> int:
    """了结差异 / a difference is understood; the day closes with the last."""
    with door.open() as home:
        done = home.ledger.settle_differences(ids, by=actor(), why=why)
    left = sorted(set(ids) - set(done))
    told = {"settled": done, "left": left}
    door.teller.tell(told, lambda out: out.print(f"✓ {len(done)}" + (f"  ✗ {left}" if left else "")))
    return 1 if left else 0


def _tenants(home: Home, enterprise: str) -> list[Tenant]:
    if not enterprise:
        return home.ledger.enterprises()
    if enterprise not in home.tenants:
        raise typer.BadParameter(enterprise, param_hint="--enterprise")
    return [home.tenants[enterprise]]


def _listed(home: Home, tenant: Tenant, date: str, given: Path | None) -> list[Listed] | None:
    """The list that was named, else the one that the enterprise left in `declarations/<enterprise>/lists/`."""
    from gateway.accounts.listed import read_list

    folder = home.path / "declarations" / (tenant.code or tenant.uscc) / LISTS
    left = (folder / f"{date}{ending}" for ending in (".csv", ".json"))
    file = given or next((path for path in left if path.is_file()), None)
    return read_list(file) if file else None


def _told(date: str, found: list[Reconciled], ids: dict[tuple[str, ...], int]) -> dict[str, Any]:
    lists: dict[str, list[dict[str, Any]]] = {word: [] for word in WHAT}
    for each in found:
        for one in each.differences:
            id_ = ids.get((each.day.enterprise, one.side, str(one.what), one.number, one.reference))
            lists[str(one.what)].append({"id": id_, "enterprise": each.day.enterprise, **_difference(one)})
    return {
        "date": f"{date[:4]}-{date[4:6]}-{date[6:]}",
        "matched": sum(each.day.matched for each in found),
        **lists,
        "stated": all(each.stated for each in found),
        "listed": all(each.listed for each in found),
        "open": sum(each.day.open for each in found),
        "closed": all(each.day.closed_at is not None for each in found),
    }


def _key(row: DifferenceRow) -> tuple[str, ...]:
    return (row.enterprise, row.found.side, str(row.found.what), row.found.number, row.found.reference)


def _difference(found: Difference) -> dict[str, Any]:
    return {
        "side": found.side, "number": found.number, "reference": found.reference, "ours": dict(found.ours),
        "theirs": dict(found.theirs),
    }  # fmt: skip


def _row(row: DifferenceRow) -> dict[str, Any]:
    return {
        "id": row.id, "date": row.date, "enterprise": row.enterprise, **_difference(row.found), "what": str(row.found.what),
        "opened_at": iso_or_empty(row.opened_at), "settled_at": iso_or_empty(row.settled_at), "by": row.by, "why": row.why,
    }  # fmt: skip


def _print(door: Door, out: Console, value: dict[str, Any]) -> None:
    rows = [_shown(door, row | {"what": word}) for word in WHAT for row in value[word]]
    if rows:
        out.print(door.teller.table(rows, COLUMNS))
    one = door.teller.one
    if not value["stated"]:
        out.print(
            one("海关对账单尚未到齐，未与海关比对", "customs' statement is not complete: not compared with customs")
        )
    if not value["listed"]:
        out.print(one("没有企业清单，未与企业比对", "no list of the enterprise: not compared with it"))
    end = (
        one("已结账", "closed")
        if value["closed"]
        else one(f"未结账，{value['open']} 项待处理", f"{value['open']} open")
    )
    out.print(
        f"{'✓' if value['closed'] else '✗'} {value['date']}  {value['matched']} {one('份一致', 'matched')}，{end}"
    )


def _shown(door: Door, row: dict[str, Any]) -> dict[str, Any]:
    """As people read it: the sides and sorts in words, what each account says on one line."""
    said = {side: " ".join(row[side].values()) for side in ("ours", "theirs")}
    return row | said | {"what": door.teller.one(*WHAT[row["what"]]), "side": door.teller.one(*SIDES[row["side"]])}
