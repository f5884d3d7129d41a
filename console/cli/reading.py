"""What the enterprise hands over at the terminal: files, folders, standard input, through an intake map or not."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from gateway.errors import BadHome
from gateway.intake.declaration import Declaration, MapReader
from gateway.intake.files import declarations, in_bytes
from mappings.faults import Refused
from mappings.load import Contract

STDIN = "-"


def read(paths: Sequence[str], map_: str, *, contract: Contract, home: Path | None) -> list[Declaration]:
    """All that the paths declare, in their order. A file that cannot be read is a declaration with that fault."""
    for path in paths:
        if path != STDIN and not Path(path).exists():
            raise typer.BadParameter(f"{path}: 没有此文件 / no such file", param_hint="PATH")
    mapped = _mapped(map_, contract, home)
    found: list[Declaration] = []
    for path in paths:
        found += (
            _stdin(contract, mapped) if path == STDIN else declarations([Path(path)], contract=contract, mapped=mapped)
        )
    return found


def _mapped(name: str, contract: Contract, home: Path | None) -> MapReader | None:
    """A map by its name in the home's `maps/`, or by the path of its file."""
    if not name:
        return None
    from gateway.intake.maps import reader

    if name.endswith(".toml"):
        return reader(Path(name).parent, Path(name).stem, contract)
    if home is None:
        raise BadHome("SYS_HOME", detail="对照表在工作目录里，请指定 --home / maps lie in a home: give --home")
    return reader(home / "maps", name, contract)


def _stdin(contract: Contract, mapped: MapReader | None) -> list[Declaration]:
    try:
        return in_bytes(sys.stdin.buffer.read(), STDIN, contract=contract, mapped=mapped)
    except Refused as refused:
        return [Declaration(STDIN, faults=(refused.at(str(refused.evidence.get("path", ""))),))]
