"""`gateway board`: what lies in the boxes, what stands where, what is overdue; looked at anew every second."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.door import Door

if TYPE_CHECKING:
    from rich.console import Console

    from gateway.home import Home

PAUSE = 1.0  # s
LINES = 12


def board(
    door: Door, *, once: Annotated[bool, typer.Option("--once", help="只显示一次 / one picture, then end.")] = False
) -> None:
    """看板：收发件箱、单证状态、逾期 / a live board."""
    from console.cli.picture import look

    with door.open() as home:
        if door.json:
            door.teller.tell(look(home, lines=LINES).value(), lambda _: None)
        elif once or not sys.stdout.isatty():
            show(home, door.lang)
        else:
            _live(home, door.lang)


def show(home: Home, lang: str) -> None:
    """One picture: as tall as it is made for, or as the terminal where that is taller."""
    from console.cli.panels import HEIGHT, drawn
    from console.cli.picture import look

    out = _console()
    height = max(HEIGHT, out.height - 1) if out.is_terminal else HEIGHT
    out.print(drawn(look(home, lines=LINES), lang, height), height=height)


def _console() -> Console:
    """The terminal; where there is none, a sheet of the size that the board is made for."""
    from rich.console import Console

    from console.cli.panels import HEIGHT, WIDTH

    if sys.stdout.isatty():
        return Console(highlight=False)
    columns = os.environ.get("COLUMNS", "")
    return Console(highlight=False, width=int(columns) if columns.isdigit() else WIDTH, height=HEIGHT)


def _live(home: Home, lang: str) -> None:
    from rich.live import Live

    from console.cli.panels import drawn
    from console.cli.picture import look
    from console.cli.work import stopping

    out, seen = _console(), look(home, lines=LINES)
    with stopping() as stop, Live(drawn(seen, lang, out.height), console=out, screen=True, auto_refresh=False) as live:
        live.refresh()
        while not stop.wait(PAUSE):
            seen = look(home, lines=LINES, before=seen)
            live.update(drawn(seen, lang, out.height), refresh=True)
