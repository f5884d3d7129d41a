"""A modification made from a certificate as it stands: `gateway modify`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.declare import print_fault, told_of
from console.cli.door import Door

if TYPE_CHECKING:
    from rich.console import Console

    from mappings.faults import Fault


def modify(
    door: Door,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="证书统一编号 / the certificate's number.")],
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="新值，货物为 goods/1/FIELD / a new value.")
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="FILE", help="写入文件 / write it there.")] = None,
    reference: Annotated[str, typer.Option("--reference", help="企业编号 / your own number.")] = "",
) -> int:
    """按证书现值生成修改申请 / a modification to edit, from a certificate as it stands."""
    from gateway.drafting.modifying import modification

    given = [_pair(each) for each in set_ or ()]
    with door.open() as home:
        prepared = modification(home, number, given, reference=reference)
    if prepared.faults:
        told = {"number": number, "file": "", "faults": [told_of(fault) for fault in prepared.faults]}
        door.teller.tell(told, lambda console: _refused(door, console, prepared.faults))
        return 1
    text = json.dumps(prepared.declaration, ensure_ascii=False, indent=None if door.json else 1) + "\n"
    if out is None:
        sys.stdout.write(text)
        return 0
    out.write_text(text, encoding="utf-8")
    told = {"number": number, "file": str(out), "faults": []}
    words = door.teller.one(f"已写入 {out}，修改后用 submit 提交", f"written: {out}; edit it, then submit it")
    door.teller.tell(told, lambda console: console.print(words))
    return 0


def _refused(door: Door, console: Console, faults: Sequence[Fault]) -> None:
    for fault in faults:
        print_fault(door, console, fault)


def _pair(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found or not name:
        raise typer.BadParameter(f"{text!r}: FIELD=VALUE", param_hint="--set")
    return name, value
