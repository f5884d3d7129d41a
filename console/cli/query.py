"""The manuals' query screens: `gateway query SCREEN --filter 状态=…`, with their columns, defaults and limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import Door
from console.cli.words import both

if TYPE_CHECKING:
    from rich.console import Console

    from gateway.home import Home
    from gateway.views.querying import Row
    from ledger.rows import Seen
    from mappings.screens import Screen

RECEIPTS = {
    "sequence": ("序号", "no"),
    "number": ("统一编号", "number"),
    "receipt_no": ("回执编号", "receipt no"),
    "state": ("回执状态", "state"),
    "sentence": ("回执详细信息", "sentence"),
    "stated_at": ("回执时间", "time"),
}
Given = Annotated[
    list[str] | None,
    typer.Option("--filter", metavar="NAME=VALUE", help="查询条件，名称或中文标签 / a condition, by name or label."),
]


def query(
    door: Door,
    screen: Annotated[
        str, typer.Argument(metavar="[SCREEN]", help="查询名称；不写则列出 / which; all are listed without.")
    ] = "",
    filter_: Given = None,
    receipts: Annotated[
        str, typer.Option("--receipts", metavar="NUMBER", help="此单证的回执 / what customs said of it.")
    ] = "",
    limit: Annotated[int | None, typer.Option("--limit", min=1, max=100_000, help="最多 / at most.")] = None,
    after: Annotated[
        str,
        typer.Option("--after", metavar="NUMBER|NEXT", help="从此或上页的 next 之后 / after it, or after a page."),
    ] = "",
    enterprise: Annotated[str, typer.Option("--enterprise", metavar="CODE", help="企业 / enterprise.")] = "",
    xlsx: Annotated[Path | None, typer.Option("--xlsx", metavar="FILE", help="导出 Excel / export a workbook.")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="导出 CSV / export CSV.")] = None,
) -> None:
    """手册的查询界面：条件、列、可用按钮 / the manuals' query screens: conditions, columns, what each row permits."""
    with door.open() as home:
        if receipts:
            _receipts(door, home, receipts)
            return
        if not screen:
            _screens(door, home)
            return
        from gateway.views.querying import conditions, rows, whole

        chosen = _screen(home, screen)
        asked = conditions(home, chosen, _given(chosen, filter_ or ()))
        of = enterprise or None
        found = rows(home, chosen, asked, enterprise=of, limit=limit or chosen.page, after=_seen(after))
        if xlsx is not None or csv is not None:
            every = found if limit else list(whole(home, chosen, asked, enterprise=of, after=_seen(after)))
            _export(chosen, every, xlsx, csv)
    next_ = f"{found[-1].seen.number}@{found[-1].seen.updated_at}" if found else ""
    told = {"screen": chosen.name, "set_aside": list(asked.aside), "rows": [_told(row) for row in found], "next": next_}
    door.teller.tell(told, lambda out: _print(door, out, chosen, found, asked.aside))


def _seen(text: str) -> Seen | None:
    """`NUMBER`, or the `next` of the page before: NUMBER@µs."""
    from ledger.rows import Seen

    number, _, at = text.rpartition("@")
    return Seen(number, int(at)) if number and at.isdecimal() else Seen(text) if text else None


def _screen(home: Home, name: str) -> Screen:
    from gateway.errors import Unanswerable

    named = {screen.zh: key for key, screen in home.screens.items()}
    if name in named or name in home.screens:
        return home.screens[named.get(name, name)]
    near = get_close_matches(name, home.screens, 1) or sorted(home.screens)
    raise Unanswerable("QUERY_SCREEN", found=name, known=", ".join(near))


def _given(screen: Screen, texts: Sequence[str]) -> dict[str, str]:
    """Conditions by name; who knows the screen may write its labels."""
    from mappings.screens import TIME

    labels = {each.zh: each.name for each in screen.filters}
    if screen.period:
        labels[screen.period.zh] = TIME
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise typer.BadParameter(f"{text!r}: NAME=VALUE", param_hint="--filter")
        found[labels.get(name, name)] = value
    return found


def _told(row: Row) -> dict[str, Any]:
    return {
        "number": row.document.number,
        "kind": row.document.kind,
        "state": row.document.state,
        "cells": {name: {"value": cell.value, "zh": cell.zh, "en": cell.en} for name, cell in row.cells.items()},
        "buttons": list(row.buttons),
        "marks": [{"zh": mark.zh, "en": mark.en} for mark in row.marks],
    }


def _print(door: Door, out: Console, screen: Screen, found: Sequence[Row], aside: Sequence[str]) -> None:
    one, names = door.teller.one, [column.name for column in screen.columns]
    heads = {column.name: one(column.zh, column.en) for column in screen.columns} | {"_": one("操作", "permits")}
    words = {button.name: one(button.zh, button.en) for button in screen.buttons}
    lines = [
        {name: one(cell.zh, cell.en) or "-" for name, cell in row.cells.items()}
        | {"_": " ".join([*(words[name] for name in row.buttons), *("※" for _ in row.marks)])}
        for row in found
    ]
    out.print(door.teller.table(lines, [*names, "_"], one(screen.zh, screen.en), heads))
    for mark in dict.fromkeys(mark for row in found for mark in row.marks):
        out.print(f"※ {one(mark.zh, mark.en)}")
    if aside:
        out.print(one(f"按编号查询，未用条件：{'、'.join(aside)}", f"Asked by number; set aside: {', '.join(aside)}"))


def _export(screen: Screen, found: Sequence[Row], xlsx: Path | None, csv: Path | None) -> None:
    """The columns of the screen under its own labels; no cell computes anything."""
    from gateway.views.tables import to_csv, to_xlsx

    header = [column.zh for column in screen.columns]
    lines = [[cell.zh for cell in row.cells.values()] for row in found]
    if xlsx is not None:
        xlsx.write_bytes(to_xlsx({screen.export or screen.zh: [header, *lines]}))
    if csv is not None:
        csv.write_bytes(to_csv(header, lines))


def _screens(door: Door, home: Home) -> None:
    """What there is to be asked, with the names of its conditions."""
    rows: list[Mapping[str, Any]] = [
        {
            "name": screen.name,
            "zh": screen.zh,
            "en": screen.en,
            "source": screen.source,
            "filters": list(screen.answers),
        }
        for screen in home.screens.values()
    ]
    heads = {"zh": "查询", "en": "query", "filters": both(("条件", "conditions"), door.lang)}
    door.teller.tell(rows, lambda out: out.print(door.teller.table(rows, ("name", "zh", "en", "filters"), heads=heads)))


def _receipts(door: Door, home: Home, number: str) -> None:
    from gateway.views.querying import receipts

    found = list(receipts(home, number))
    heads = {name: door.teller.one(*words) for name, words in RECEIPTS.items()}
    door.teller.tell(found, lambda out: out.print(door.teller.table(found, tuple(RECEIPTS), heads=heads)))
