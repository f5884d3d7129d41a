"""Certificate formats, and templates of supplements: `gateway formats list|add|word`. One is a file of data; `add` puts a
certificate's into the home."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import Door

if TYPE_CHECKING:
    from mappings.kind import Format, Kind, Part

OfKind = Annotated[
    str, typer.Option("--kind", metavar="KIND", help="certificate | supplement_data：只列此种类 / of this kind only.")
]

Candidates = Annotated[
    bool,
    typer.Option(
        "--candidates", help="其他名单上的名称，不能用于申报 / names of other lists: no formats, cannot be declared."
    ),
]
File = Annotated[Path, typer.Argument(metavar="FILE", exists=False, help="格式文件 / the format's file.")]


def formats(door: Door, *, kind: OfKind = "", candidates: Candidates = False) -> None:
    """证书格式、补录模板 / the certificate formats and templates that can be declared."""
    if candidates:
        rows = _candidates()
        door.teller.rows(rows, ("code", "name", "status", "source"))
        return
    from console.cli.kinds import known

    chosen = [known(door, kind)] if kind else [each for each in door.contract().kinds.values() if each.formats]
    rows = [_told(door, each, format_) for each in chosen for format_ in each.formats.values()]
    door.teller.rows(rows, ("kind", "id", "zh", "shown", "valid_from", "valid_to", "successor", "fields", "origin"))


def _told(door: Door, kind: Kind, format_: Format) -> dict[str, Any]:
    from gateway.formats import origin

    of = format_
    return {
        "kind": kind.name, "id": of.id, "zh": of.zh, "en": of.en, "certificate_class": of.certificate_class, "shown": of.shown,
        "languages": list(of.languages), "print_modes": list(of.print_modes), "fields": _count(of.parts), "version": of.version,
        "valid_from": of.valid_from, "valid_to": of.valid_to, "successor": of.successor,
        "origin": origin(door.found, kind.name, of.id), "source": of.source,
    }  # fmt: skip


def _count(parts: Sequence[Part]) -> int:
    """Fields, those of groups among them."""
    from mappings.kind import Group

    return sum(_count(part.parts) if isinstance(part, Group) else 1 for part in parts)


def _candidates() -> list[dict[str, Any]]:
    """The list as it was gathered, with what each name rests on."""
    import csv
    from importlib.resources import files

    text = files("mappings").joinpath("codes", "certificate_format_candidates.csv").read_text(encoding="utf-8")
    return [dict(row) for row in csv.DictReader(text.splitlines())]


def add(
    door: Door,
    file: File,
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help="certificate | supplement_data")] = "certificate",
) -> None:
    """增加一种证书格式或补录模板 / put a format or a template into this home."""
    from gateway.formats import CERTIFICATE, add_format
    from gateway.settings import load_settings

    load_settings(door.home)
    format_, place = add_format(door.home, file, kind=kind)
    told = {"kind": kind, "id": format_.id, "zh": format_.zh, "fields": _count(format_.parts), "file": str(place)}
    sample = "certificate_application" if kind == CERTIFICATE else kind
    hint = door.teller.one(
        f"重新启动 gateway run 后可用；试一试：gateway sample {sample} --format {format_.id}",
        f"For use once gateway run has been started again; try: gateway sample {sample} --format {format_.id}",
    )
    door.teller.tell(told, lambda out: out.print(f"✓ {format_.id}  {format_.zh}  {place}\n  {hint}"))


def word(
    door: Door,
    id_: Annotated[str, typer.Argument(metavar="ID", help="证书格式 / the format's id.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="写入此文件 / write it here.")
    ] = None,
) -> None:
    """证书模板下载（Word），填好后存为 PDF 作随附材料 / a format as a Word document to be filled in."""
    from mappings.faults import Refused
    from papers.word.certificate import template

    kind = door.contract().kinds["certificate"]
    chosen = kind.formats.get(id_)
    if chosen is None:
        raise Refused("FORMAT_UNKNOWN", found=id_, near="、".join(sorted(kind.formats)))
    path = output or Path(f"{id_}.docx")
    path.write_bytes(template(kind, chosen))
    told = {"format": id_, "file": str(path), "size": path.stat().st_size}
    door.teller.tell(told, lambda out: out.print(f"✓ {path}  {chosen.zh}"))
