"""`gateway audit`: what people did; `gateway audit verify`: is every chain of the ledger whole, to its anchored head?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import AnyHome, AsJson, Door, Language, _asked, actor
from console.cli.when import iso_or_empty, plain, since

if TYPE_CHECKING:
    from gateway.audit.prove import Proof
    from gateway.home import Home
    from ledger.rows import AuditRow

PAGE = 500
SHOWN = 50  # findings
COLUMNS = ("id", "at", "actor", "act", "subject", "detail")

Actor = Annotated[str, typer.Option("--actor", help="操作人 / by whom.")]
Act = Annotated[str, typer.Option("--act", help="操作 / act.")]
Subject = Annotated[str, typer.Option("--subject", help="对象 / of what.")]
Since = Annotated[str, typer.Option("--since", metavar="WHEN", help="2026-11-21[T10:00] | 2h | 3d")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="最多 / at most.")]
After = Annotated[int, typer.Option("--after", metavar="ID", help="从此序号之后 / those after it.")]


def entries(
    door: Door,
    actor: Actor = "",
    act: Act = "",
    subject: Subject = "",
    since_: Since = "",
    limit: Limit = None,
    after: After = 0,
) -> None:
    """审计记录 / what was done, by whom, when."""
    wanted = {"actor": actor, "act": act, "subject": subject}
    with door.open() as home:
        begin = since(since_, home.clock.now()) if since_ else 0
        fitting = (
            row
            for row in _all(home, after)
            if row.at >= begin and all(getattr(row, name) == value for name, value in wanted.items() if value)
        )
        rows = [_told(row) for row in islice(fitting, limit)]
    shown = [row | {"at": plain(row["at"]), "detail": _text(row["detail"])} for row in rows]
    door.teller.tell(rows, lambda out: out.print(door.teller.table(shown, COLUMNS)))


def _all(home: Home, after: int) -> Iterator[AuditRow]:
    while page := home.ledger.audit_rows(limit=PAGE, after=after):
        yield from page
        after = page[-1].id


def _told(row: AuditRow) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("id", "actor", "act", "subject")}
    return told | {"at": iso_or_empty(row.at), "detail": dict(row.detail)}


def _text(detail: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in detail.items() if value)


def verify(
    door: Door,
    heads: Annotated[
        Path | None,
        typer.Option(
            "--heads",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="另处保存的锚定文件 / a copy of audit/heads.jsonl.",
        ),
    ] = None,
    *,
    bodies: Annotated[bool, typer.Option("--bodies", help="也核对报文字节 / hash every message's bytes too.")] = False,
) -> int:
    """核对全部事件链与审计链 / is every chain whole, and is every anchored head still there?"""
    from gateway.audit.prove import prove

    with door.open() as home:
        proof = prove(home, heads=heads, bodies=bodies)
    answer = _answer(door, proof)
    door.teller.tell(answer, lambda out: out.print(_lines(door, answer)))
    return 0 if answer["valid"] else 1


def accept(
    door: Door,
    why: Annotated[str, typer.Option("--why", help="原因 / why.")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="经办人 / who acts.")] = "",
) -> int:
    """认可账本缺失（AUD_LOST） / answer for what the ledger lacks, so that work may begin; the audit keeps who and why."""
    from gateway.audit.loss import accept_loss
    from gateway.worker import locked

    with door.open() as home, locked(home):
        done = accept_loss(home, actor=by or actor(), why=why)
    told = {
        "accepted": done is not None,
        "lost": done.lost if done else 0,
        "set_aside": done.aside if done else "",
        "sha256": done.sha256 if done else "",
        "anchors": done.anchored if done else 0,
    }
    door.teller.tell(told, lambda out: out.print(_accepted(door, told)))
    return 0 if done else 1


def _accepted(door: Door, told: dict[str, Any]) -> str:
    if not told["accepted"]:
        return door.teller.one("✗ 没有缺失", "✗ nothing is missing")
    words = door.teller.one("✓ 已认可，原文件另存为", "✓ accepted; the old file is set aside as")
    return f"{words} audit/{told['set_aside']}  ({told['lost']})"


def _answer(door: Door, proof: Proof) -> dict[str, Any]:
    findings = [
        {"code": f.code, "zh": f.zh, "en": f.en, "place": {name: str(value) for name, value in f.evidence.items()}}
        for f in proof.findings
    ]
    first = proof.findings[0] if proof.findings else None
    return {
        "valid": first is None,
        "reason": f"{first.code}: {door.teller.one(first.zh, first.en)}" if first else "",
        "documents": proof.documents,
        "events": proof.events,
        "entries": proof.entries,
        "anchors": proof.lines,
        "bodies": proof.bodies,
        "findings": findings,
        "notes": proof.notes,
    }


def _lines(door: Door, answer: dict[str, Any]) -> str:
    one = door.teller.one
    head = one("✓ 完整", "✓ whole") if answer["valid"] else one("✗ 不完整", "✗ not whole")
    counts = one(
        "单证 {documents}，事件 {events}，审计 {entries}，锚定 {anchors}",
        "{documents} documents, {events} events, {entries} audit entries, {anchors} anchors",
    ).format_map(answer)
    rows = [f"  {f['code']}: {one(f['zh'], f['en'])}" for f in answer["findings"][:SHOWN]]
    more = [f"  … {len(answer['findings'])}"] if len(answer["findings"]) > SHOWN else []
    return "\n".join([f"{head}  {counts}", *rows, *more, *(f"  · {note}" for note in answer["notes"])])


def bare(
    context: typer.Context, actor: Actor = "", act: Act = "", subject: Subject = "", since_: Since = "",
    limit: Limit = None, after: After = 0, home: AnyHome = None, json: AsJson = False, lang: Language = "",
) -> None:  # fmt: skip
    """`gateway audit` alone lists; the common options count for the command behind it as well."""
    door = context.obj = _asked(context, home, lang, json=json)
    if context.invoked_subcommand is None:
        with door.teller.telling():
            entries(door, actor, act, subject, since_, limit, after)
