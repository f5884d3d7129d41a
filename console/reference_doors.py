"""The printed reference of the doors: every command with its options, every setting of a home."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from gateway.lanes.settings import ChannelSettings, SftpSettings
from gateway.settings import TEMPLATE, Settings
from gateway.setup import CUSTOMS_NODE


def commands() -> Iterator[str]:
    """Each command as it tells of itself."""
    from console.cli.main import app

    yield "# 命令 / commands"
    yield ""
    yield "All take `--home DIR` (or `GATEWAY_HOME`), `--json`, `--lang zh|en`. Exit status: 0 done, 1 the answer is no, 2 used wrongly."
    yield from _group(typer.main.get_command(app), "gateway")


def _group(command: Any, path: str) -> Iterator[str]:
    for name, inner in sorted(getattr(command, "commands", {}).items()):
        if hasattr(inner, "commands"):
            yield from _group(inner, f"{path} {name}")
        else:
            yield from _command(inner, f"{path} {name}")


def _command(command: Any, path: str) -> Iterator[str]:
    yield ""
    yield f"## {path}"
    yield ""
    yield (command.help or "").strip()
    shown = [
        p
        for p in command.params
        if not getattr(p, "hidden", False) and p.name not in ("help", "home", "json", "json_", "lang")
    ]
    if shown:
        yield ""
    for parameter in shown:
        label = (
            " ".join(parameter.opts)
            if parameter.param_type_name == "option"
            else (parameter.metavar or parameter.name).upper()
        )
        yield f"- `{label}` {getattr(parameter, 'help', None) or ''}".rstrip()


def settings() -> Iterator[str]:
    """`gateway.toml` as `gateway init` writes it, and what its parts mean."""
    yield "# 设置 / settings"
    yield ""
    yield "`gateway.toml` of a new home; an unknown key is refused with its place."
    yield ""
    yield "```toml"
    yield TEMPLATE.format(
        node="DXPENT1108919038",
        customs=CUSTOMS_NODE,
        database="sqlite:///gateway.db",
        judge="one",
        same_account="false",
    ).rstrip()
    yield "```"
    for part in (Settings, ChannelSettings, SftpSettings):
        yield ""
        yield " ".join((part.__doc__ or "").split())
