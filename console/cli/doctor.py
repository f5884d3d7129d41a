"""`gateway doctor`: what is wrong with a home, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import Door
from console.cli.words import NEXT, one

if TYPE_CHECKING:
    from rich.console import Console

    from gateway.health.doctor import Examination

LEVELS = {"alarm": ("严重", "alarm"), "warning": ("警告", "warning"), "notice": ("提示", "notice")}
TOPICS = {
    "settings": ("设置", "settings"), "rights": ("权限", "rights"), "file_system": ("文件系统", "file system"),
    "space": ("空间", "space"), "handles": ("文件句柄", "file handles"), "database": ("数据库", "database"),
    "clock": ("时钟", "clock"), "channels": ("通道", "channels"), "keys": ("密钥", "keys"), "queue": ("发件队列", "outbox"),
    "conservation": ("守恒", "conservation"), "refold": ("重算状态", "states folded again"),
}  # fmt: skip


def doctor(
    door: Door,
    *,
    refold: Annotated[
        bool, typer.Option("--refold", help="按事件重算每份单证的状态 / fold every document's state again.")
    ] = False,
) -> int:
    """体检：目录、通道、密钥、时钟、空间、数据库、队列、守恒 / examine the home, with advice; status 1 where something is wrong."""
    from console.cli.passphrase import of_home
    from gateway.health.doctor import examine

    found = examine(door.home, passphrase=of_home(door.home), refold=refold)
    door.teller.tell(_value(found), lambda out: _print(door, out, found))
    return 0 if found.healthy else 1


def _value(found: Examination) -> dict[str, Any]:
    rows = [
        {
            "topic": finding.topic, "level": finding.level, "code": finding.refused.code, "zh": finding.refused.zh,
            "en": finding.refused.en, "next": finding.refused.kind.next,
        }
        for finding in found.findings
    ]  # fmt: skip
    return {"healthy": found.healthy, "asked": list(found.asked), "findings": rows}


def _print(door: Door, out: Console, found: Examination) -> None:
    for topic in found.asked:
        own = [finding for finding in found.findings if finding.topic == topic]
        out.print(f"{'✗' if any(f.level != 'notice' for f in own) else '✓'} {one(TOPICS[topic], door.lang)}")
        for finding in own:
            refused = finding.refused
            step = one(NEXT[refused.kind.next], door.lang)
            said = " ".join(door.teller.one(refused.zh, refused.en).split())
            out.print(f"    {one(LEVELS[finding.level], door.lang)} {refused.code}: {said} → {step}")
