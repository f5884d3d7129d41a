"""Intake maps from the terminal: `gateway map draft` proposes one from the labels of the enterprise's own file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from console.cli.door import Door

File = Annotated[Path, typer.Argument(metavar="FILE", help="企业自己的导出文件 / a file of your own system.")]
KindName = Annotated[str, typer.Option("--kind", metavar="KIND", help="单证种类 / what its rows declare.")]


def draft(door: Door, file: File, kind: KindName) -> None:
    """按表头起草对照表 / propose an intake map from a file's labels."""
    from gateway.intake.maps import draft as drafted

    contract = door.contract()
    if not file.is_file():
        raise typer.BadParameter(f"{file}: 没有此文件 / no such file", param_hint="FILE")
    if kind not in contract.kinds:
        raise typer.BadParameter(f"{kind}: {', '.join(contract.kinds)}", param_hint="--kind")
    text = drafted(file.read_bytes(), file.name, kind, contract)
    door.teller.tell({"map": text}, lambda _: print(text, end="", file=sys.stdout))  # noqa: T201  (it is to be redirected)
