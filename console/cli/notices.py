"""What customs has asked for: `gateway work` lists it and begins the answer, `gateway handled` marks a row of the list."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.channels import Why
from console.cli.documents import DUE_BY
from console.cli.door import Door, actor
from console.cli.when import iso_or_empty, iso_stamp, plain

if TYPE_CHECKING:
    from gateway.drafting.notices import Piece
    from gateway.home import Home

COLUMNS = ("number", "asks", "template", "business_no", "here", "state", "due_at", "overdue")


def work(
    door: Door,
    number: Annotated[str, typer.Argument(metavar="[NUMBER]", help="通知编号 / number of a notice.")] = "",
    enterprise: Annotated[str, typer.Option("--enterprise", metavar="CODE", help="企业 / enterprise.")] = "",
    *,
    everything: Annotated[bool, typer.Option("--all", help="也列已办和已止 / also what is done or has ended.")] = False,
    view: Annotated[bool, typer.Option("--view", help="查看已补录的内容 / what was supplemented.")] = False,
) -> None:
    """海关通知的待办；给出通知编号则打印可编辑的申报 / what customs asks for; with a number, a declaration to edit and submit."""
    from gateway.drafting.notices import begin, pieces
    from gateway.drafting.notices import view as supplemented

    if view and not number:
        raise typer.BadParameter("--view NUMBER", param_hint="NUMBER")
    with door.open() as home:
        if number:
            value = supplemented(home, number) if view else begin(home, number)
            told = json.dumps(value, ensure_ascii=False, indent=2)
            door.teller.tell(value, lambda out: out.print(told, markup=False, soft_wrap=True))
            return
        rows = [_row(home, piece) for piece in pieces(home, everything=everything, enterprise=enterprise)]
    door.teller.tell(rows, lambda out: out.print(door.teller.table([_shown(door, row) for row in rows], COLUMNS)))


def handled(
    door: Door,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="拟证出证通知序号 / number of an issue notice.")],
    why: Why = "",
) -> int:
    """将拟证出证通知标为已处理；不告知海关，记入审计 / mark an issue notice as handled: audited, told to nobody."""
    from gateway.drafting.notices import handle

    with door.open() as home:
        done = handle(home, number, actor=actor(), why=why)
    told = {"number": number, "done": done}
    word = door.teller.one("已处理", "handled") if done else door.teller.one("早已处理", "handled before")
    door.teller.tell(told, lambda out: out.print(f"✓ {number}  {word}"))
    return 0


def _row(home: Home, piece: Piece) -> dict[str, Any]:
    from gateway.drafting.notices import ended_words
    from mappings.codes import code_list

    row, facts = piece.row, piece.row.facts
    state = home.contract.kinds[row.kind].needs_machine().states[row.state]
    operation = facts.get("supplement_operation", "")
    listed = code_list("notice_operation").rows.get(operation)
    ended = ended_words() if state.final and row.state not in _WELL else ("", "")
    template = facts.get("supplement_template", "")
    form = home.contract.kinds[piece.by].formats.get(template) if piece.by else None
    asks = (listed.name, listed.name_en) if listed else (facts.get("issue_notice_type", ""),) * 2
    return {
        "number": row.number,
        "kind": row.kind,
        "enterprise": row.enterprise,
        "open": piece.open,
        "asks": operation or facts.get("issue_notice_type", ""),
        "asks_zh": asks[0],
        "asks_en": asks[1],
        "template": template,
        "template_zh": form.zh if form else "",
        "template_en": form.en if form else "",
        "business_no": facts.get("business_no") or facts.get("declaration_no", ""),
        "reason": facts.get("supplement_reason", ""),
        "requirement": facts.get("supplement_requirement") or facts.get("notice_detail", ""),
        "notified_at": iso_stamp(facts.get("notified_at") or facts.get("received_at", "")),
        "state": row.state,
        "state_zh": state.zh,
        "state_en": state.en,
        "due_at": iso_or_empty(piece.due_at),
        "due_by": DUE_BY if piece.due_at else "",
        "overdue": piece.overdue,
        "by": piece.by,
        "here": piece.here,
        "notices": [each.number for each in piece.rows],
        "ended_zh": ended[0],
        "ended_en": ended[1],
    }


_WELL = frozenset({"10", "X"})  # ends after which nothing is wanted


def _shown(door: Door, row: dict[str, Any]) -> dict[str, Any]:
    word, asks = door.teller.one(row["state_zh"], row["state_en"]), door.teller.one(row["asks_zh"], row["asks_en"])
    template = door.teller.one(row["template_zh"], row["template_en"]) or row["template"]
    state, due = f"{row['state']} {word}", plain(row["due_at"])
    return row | {"state": state, "asks": asks, "template": template, "due_at": due}
