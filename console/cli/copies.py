"""What the manuals' screens make of a stored document: `gateway copy`, `preview`, `pickup-notice`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from console.cli.door import Door

Output = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="写入此文件 / write it here.")]


def copy(
    door: Door,
    number: Annotated[
        str, typer.Argument(metavar="NUMBER", help="申请单或证书的统一编号 / of an application or a certificate.")
    ],
    reference: Annotated[str, typer.Option("--reference", help="企业编号 / your own number.")] = "",
    inspection_no: Annotated[
        str, typer.Option("--inspection-no", help="另一检验检疫编号（相似证书录入） / for another inspection.")
    ] = "",
    output: Output = None,
) -> None:
    """复制为新的申报，不含随附单据，尚未提交 / a new declaration from a stored one, without its files, not submitted."""
    from gateway.drafting.copying import copied

    with door.open() as home:
        value = copied(home, number, reference=reference, inspection_no=inspection_no)
    text = json.dumps(value, ensure_ascii=False, indent=None if door.json else 1) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")
        door.teller.tell(value, lambda out: out.print(f"✓ {output}"))


def preview(
    door: Door,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="证书统一编号 / the certificate's number.")],
    output: Output = None,
) -> None:
    """预览出境证书（PDF）：核对单、草稿，已签发的为海关文件 / a certificate's check sheet, draft, or customs' own file."""
    from gateway.views.certificate_sheet import preview as of

    with door.open() as home:
        seen = of(home, number)
    path = output or Path(seen.name)
    path.write_bytes(seen.data)
    told = {"number": number, "file": str(path), "size": len(seen.data), "sort": seen.mark, "by": seen.by}
    door.teller.tell(told, lambda out: out.print(f"✓ {path}  {seen.mark}"))


def pickup_notice(
    door: Door,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="空白证书申请单统一编号 / of the application.")],
    output: Output = None,
) -> None:
    """打印空白证书领取通知（PDF），仅限海关已受理 / the notice to pick up blank certificates, once customs has accepted."""
    from gateway.views.pickup_notice import pickup_notice as of
    from papers.pickup.notice import pdf

    with door.open() as home:
        data = pdf(of(home, number))
    path = output or Path(f"{number}_领取通知.pdf")
    path.write_bytes(data)
    told = {"number": number, "file": str(path), "size": len(data)}
    door.teller.tell(told, lambda out: out.print(f"✓ {path}"))
