"""A filled template into the draft of a notice: `gateway import`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.declare import GOOD, print_fault, submitted
from console.cli.door import Door, actor

if TYPE_CHECKING:
    from rich.console import Console

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="通知编号 / the notice's number.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="填好的模板，xls 或 xlsx / the filled template.")]


def import_(
    door: Door,
    number: Number,
    file: File,
    *,
    declare: Annotated[bool, typer.Option("--declare", help="导入后即申报 / declare it at once.")] = False,
) -> int:
    """导入商品信息，覆盖暂存中原有的 / lines of goods into the draft of a notice, for those it had."""
    from gateway.drafting.importing import DECLARED, IMPORTED, import_lines
    from gateway.intake.files import LIMIT

    if not file.is_file() or file.stat().st_size > LIMIT:
        raise typer.BadParameter(str(file), param_hint="FILE")
    with door.open() as home:
        found = import_lines(home, number, file.read_bytes(), file.name, actor=actor(), declare=declare)
        row = submitted(home, found.outcome) | {"lines": found.lines}
    good = found.outcome.outcome in GOOD
    done = (f"{IMPORTED}；{DECLARED}", "imported and declared") if declare else (IMPORTED, "imported")
    said = door.teller.one(*(done if good else ("导入失败", "not imported")))

    def show(out: Console) -> None:
        out.print(
            f"{'✓' if good else '✗'} {file.name}  {number}  {row['state']} {row['state_zh']}  {said} {found.lines}"
        )
        for fault in (*found.outcome.faults, *found.outcome.warnings):
            print_fault(door, out, fault)

    door.teller.tell(row, show)
    return 0 if good else 1
