"""Certificate formats: `gateway formats list|add`. A format is one file of data; `add` puts it into the home."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from console.cli.door import Door

Candidates = Annotated[
    bool,
    typer.Option(
        "--candidates", help="其他名单上的名称，不能用于申报 / names of other lists: no formats, cannot be declared."
    ),
]
File = Annotated[Path, typer.Argument(metavar="FILE", exists=False, help="格式文件 / the format's file.")]


def formats(door: Door, *, candidates: Candidates = False) -> None:
    """证书格式 / the certificate formats that can be declared."""
    if candidates:
        rows = _candidates()
        door.teller.rows(rows, ("code", "name", "status", "source"))
        return
    from gateway.formats import CERTIFICATE, origin

    kind = door.contract().kinds[CERTIFICATE]
    rows = [
        {
            "id": f.id, "zh": f.zh, "en": f.en, "certificate_class": f.certificate_class, "shown": f.shown,
            "languages": list(f.languages), "print_modes": list(f.print_modes), "fields": len(f.parts),
            "origin": origin(door.found, kind.name, f.id), "source": f.source,
        }
        for f in kind.formats.values()
    ]  # fmt: skip
    door.teller.rows(rows, ("id", "zh", "shown", "fields", "origin"))


def _candidates() -> list[dict[str, Any]]:
    """The list as it was gathered, with what each name rests on."""
    import csv
    from importlib.resources import files

    text = files("mappings").joinpath("codes", "certificate_format_candidates.csv").read_text(encoding="utf-8")
    return [dict(row) for row in csv.DictReader(text.splitlines())]


def add(door: Door, file: File) -> None:
    """增加一种证书格式 / put a format into this home."""
    from gateway.formats import add_format
    from gateway.settings import load_settings

    load_settings(door.home)
    format_, place = add_format(door.home, file)
    told = {"id": format_.id, "zh": format_.zh, "fields": len(format_.parts), "file": str(place)}
    hint = door.teller.one(
        f"重新启动 gateway run 后可用；试一试：gateway sample certificate_application --format {format_.id}",
        f"For use once gateway run has been started again; try: gateway sample certificate_application --format {format_.id}",
    )
    door.teller.tell(told, lambda out: out.print(f"✓ {format_.id}  {format_.zh}  {place}\n  {hint}"))
