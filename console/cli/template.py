"""A kind's table to fill in: `gateway template`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.cli.door import Door
from console.cli.kinds import check_format, declarable

KindName = Annotated[str, typer.Argument(metavar="KIND", help="种类 / a name of `gateway kinds`.")]


def template(
    door: Door,
    kind: KindName,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help=".xlsx 或 .csv / .xlsx or .csv.")],
    format_: Annotated[
        str, typer.Option("--format", metavar="ID", help="只含此证书格式的字段 / one format only.")
    ] = "",
) -> None:
    """申报模板，填好后用 submit 提交 / a table to fill in, which submit reads."""
    from gateway.intake.template_print import printed

    declared = declarable(door, kind)
    check_format(declared, format_)
    suffix = out.suffix.lower()
    if suffix not in (".xlsx", ".csv"):
        raise typer.BadParameter(f"{out.name}: .xlsx | .csv", param_hint="-o")
    data = printed(declared, door.contract(), csv=suffix == ".csv", format_=format_)
    out.write_bytes(data)
    told = {"kind": kind, "file": str(out), "size": len(data)}
    door.teller.tell(told, lambda console: console.print(door.teller.one(f"已写入 {out}", f"written: {out}")))
