"""A kind's table to fill in: `gateway template`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.door import Door
from console.cli.kinds import check_format, declarable

if TYPE_CHECKING:
    from rich.console import Console

KindName = Annotated[str, typer.Argument(metavar="KIND", help="种类 / a name of `gateway kinds`.")]


def template(
    door: Door,
    kind: KindName,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help=".xlsx 或 .csv / .xlsx or .csv.")],
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="ID",
            help="只含此证书格式的字段；数据补录：此证书类型的商品导入模板 / one format only; the lines of one template.",
        ),
    ] = "",
) -> None:
    """申报模板，填好后用 submit 提交；数据补录的商品模板用 import 导入 / a table to fill in, for submit or import."""
    from gateway.intake.lines import workbook
    from gateway.intake.template_print import printed

    declared = declarable(door, kind)
    check_format(declared, format_)
    suffix = out.suffix.lower()
    if suffix not in (".xlsx", ".csv"):
        raise typer.BadParameter(f"{out.name}: .xlsx | .csv", param_hint="-o")
    if declared.template and format_:
        if suffix != ".xlsx":
            raise typer.BadParameter(f"{out.name}: .xlsx", param_hint="-o")
        data = workbook(declared, format_)
    else:
        data = printed(declared, door.contract(), csv=suffix == ".csv", format_=format_)
    out.write_bytes(data)
    ended = declared.formats[format_].valid_to if declared.template and format_ else ""
    told = {"kind": kind, "file": str(out), "size": len(data)} | ({"valid_to": ended} if ended else {})

    def show(console: Console) -> None:
        console.print(door.teller.one(f"已写入 {out}", f"written: {out}"))
        if ended:
            after = declared.formats[declared.formats[format_].successor]
            zh = f"此模板到 {ended} 为止，之后为「{after.code}」（{after.id}）；以通知要求的为准"
            en = f"in force until {ended}, then {after.id}; what the notice asks for counts"
            console.print(door.teller.one(zh, en))

    door.teller.tell(told, show)
