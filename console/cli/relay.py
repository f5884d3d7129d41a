"""Enterprises that send through this home: `gateway relay add|list|pause|resume`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from console.cli.door import Door, actor
from console.cli.when import iso_or_empty, plain

Relayed = Annotated[str, typer.Argument(metavar="NAME", help="`gateway relay list` 的名称 / its name.")]
Why = Annotated[str, typer.Option("--why", help="原因，记入审计 / why, for the audit.")]


def add(
    door: Door,
    name: Relayed,
    enterprise: Annotated[str, typer.Option("--enterprise", metavar="CODE", help="企业代码 / its code.")],
    title: Annotated[str, typer.Option("--name", help="企业名称 / its name.")],
    node: Annotated[str, typer.Option("--node", help="企业节点号 / its node id; by its code where left out.")] = "",
    quota: Annotated[int, typer.Option("--quota", min=0, help="每日份数，0 不限 / files a day, 0: no limit.")] = 0,
) -> None:
    """登记代发企业 / an enterprise whose sealed files go through this home."""
    from gateway.relay.register import register

    with door.open() as home:
        made = register(home, name, code=enterprise, title=title, node=node, quota=quota)
    told = {"name": name, "enterprise": enterprise, "node": made.node_id, "root": f"relay/{name}", "quota": quota}
    step = door.teller.one(
        f"下一步：gateway keys trust {made.node_id} 证书.pem（另一人批准）",
        f"next: gateway keys trust {made.node_id} CERTIFICATE.pem, approved by another person",
    )
    door.teller.tell(told, lambda out: out.print(f"✓ {told['root']}  {made.node_id}\n  {step}"))


def relays(door: Door) -> None:
    """代发企业 / who sends through this home."""
    from gateway.relay.relay import PREFIX, listed

    with door.open() as home:
        rows: list[dict[str, Any]] = []
        for each in listed(home):
            (row,) = home.ledger.channels([PREFIX + each.name])
            paused = row if row.mode == "paused" else None
            rows.append(
                {
                    "name": each.name, "enterprise": each.enterprise, "sent_today": each.sent_today, "quota": each.quota,
                    "waiting": each.waiting, "to_hand_back": each.to_hand_back,
                    "paused_at": iso_or_empty(paused.changed_at if paused else None), "why": paused.reason if paused else "",
                }
            )  # fmt: skip
    columns = ("name", "enterprise", "sent_today", "quota", "waiting", "to_hand_back", "paused_at", "why")
    shown = [row | {"paused_at": plain(row["paused_at"])} for row in rows]
    door.teller.tell(rows, lambda out: out.print(door.teller.table(shown, columns)))


def pause(door: Door, name: Relayed, why: Why) -> int:
    """暂停代发；回执照常放回 / take nothing more from it; its answers still go back."""
    return _switch(door, name, why, stop=True)


def resume(door: Door, name: Relayed, why: Why = "") -> int:
    """恢复代发 / take its files again."""
    return _switch(door, name, why, stop=False)


def _switch(door: Door, name: str, why: str, *, stop: bool) -> int:
    from gateway.relay.relay import PREFIX

    with door.open() as home:
        if name not in home.settings.relays:
            raise typer.BadParameter(name, param_hint="NAME")
        done = home.ledger.steer(PREFIX + name, "pause" if stop else "resume", actor=actor(), why=why)
    told = {"name": name, "paused": stop, "done": done}
    door.teller.tell(told, lambda out: out.print(f"{'✓' if done else '✗'} {name}"))
    return 0 if done else 1
