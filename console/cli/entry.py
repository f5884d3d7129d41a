"""Entry certificates: `gateway entry preview`, `show`, `pdf`."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import Door

if TYPE_CHECKING:
    from gateway.entry.asking import Sheet

Enterprise = Annotated[
    str,
    typer.Option(
        "--enterprise", metavar="CODE", help="查询企业：仅收发货人或申报单位 / who asks: consignee or declarant."
    ),
]
Output = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="写入此文件 / write it here.")]
Certificate = Annotated[str, typer.Argument(metavar="NUMBER", help="入境证书编号 / number of an entry certificate.")]


def preview(
    door: Door,
    number: Annotated[
        str,
        typer.Argument(metavar="NUMBER", help="已暂存的签证申报要素或入境证书 / a saved request, or a certificate."),
    ],
    enterprise: Enterprise = "",
    output: Output = None,
) -> None:
    """预览入境货物检验检疫证明（PDF） / an entry certificate as it would be issued."""
    from gateway.entry.asking import preview as of

    with door.open() as home:
        sheet = of(home, number, enterprise=enterprise)
    _write(door, sheet, output)


def pdf(door: Door, number: Certificate, enterprise: Enterprise = "", output: Output = None) -> None:
    """下载 PDF 证书，仅限有效 / the PDF of a valid entry certificate: customs' file, else what it says."""
    from gateway.entry.asking import download

    with door.open() as home:
        sheet = download(home, number, enterprise=enterprise)
    _write(door, sheet, output)


def show(
    door: Door,
    number: Certificate,
    enterprise: Enterprise = "",
    query_code: Annotated[
        str, typer.Option("--query-code", metavar="CODE", help="查询码（免登录查询） / instead of who asks.")
    ] = "",
) -> None:
    """入境货物检验检疫证明的信息 / what an entry certificate says."""
    from gateway.entry.asking import shown
    from mappings.faults import fault
    from papers.entry.page import PREVAILS
    from papers.entry.words import GOODS_LABELS

    with door.open() as home:
        row, said = shown(home, number, enterprise=enterprise, query_code=query_code)
        validity = home.contract.kinds[row.kind].needs_machine().beside["validity"].states[row.validity]
    lines = [dict(zip(GOODS_LABELS, astuple(line), strict=True)) for line in said.lines]
    note = fault(row.facts["note"], "") if "note" in row.facts else None
    value: dict[str, Any] = {
        "number": row.number, "declaration_no": row.about, "request": row.parent, "validity": row.validity,
        "validity_zh": validity.zh, "validity_en": validity.en, "boxes": dict(said.boxes), "goods": lines,
        "note": {"code": note.code, "zh": note.zh, "en": note.en} if note else None, "prevails": PREVAILS,
    }  # fmt: skip

    def printed(out: Any) -> None:
        for label, text in said.boxes.items():
            out.print(f"{label}: {text}", markup=False, highlight=False)
        out.print(f"状态: {door.teller.one(validity.zh, validity.en)}", markup=False)
        for line in lines:
            out.print("  ".join(f"{label} {text}" for label, text in line.items()), markup=False, highlight=False)
        if note:
            out.print(door.teller.one(note.zh, note.en), markup=False)
        out.print(PREVAILS, markup=False)

    door.teller.tell(value, printed)


def _write(door: Door, sheet: Sheet, output: Path | None) -> None:
    path = output or Path(sheet.name)
    path.write_bytes(sheet.data)
    told = {"number": sheet.number, "file": str(path), "size": len(sheet.data), "by": sheet.by}
    door.teller.tell(told, lambda out: out.print(f"✓ {path}"))
