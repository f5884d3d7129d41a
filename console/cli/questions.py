"""What a person is asked, and drafts that are thrown away: `gateway questions`, `answer`, `delete`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.cli.channels import Why
from console.cli.door import Door, actor
from console.cli.when import iso_or_empty, plain
from console.cli.words import OUTCOMES, both

if TYPE_CHECKING:
    from gateway.submission.answering import Deleted

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="统一编号 / number.")]
ANSWERS = ("send", "discard")


def questions(door: Door) -> None:
    """待人工确认的申报：24 小时内内容相同 / declarations that are held: the same content came within 24 hours."""
    with door.open() as home:
        rows = [
            {"number": row.number, "reference": row.reference, "enterprise": row.enterprise, "code": row.code,
             "first": row.first, "asked_at": iso_or_empty(row.asked_at)}
            for row in home.ledger.questions()
        ]  # fmt: skip
    shown = [row | {"asked_at": plain(row["asked_at"])} for row in rows]
    columns = ("number", "reference", "enterprise", "code", "first", "asked_at")
    door.teller.tell(rows, lambda out: out.print(door.teller.table(shown, columns)))


def answer(
    door: Door,
    number: Number,
    what: Annotated[str, typer.Argument(metavar="|".join(ANSWERS), help="发送或作废 / send it or throw it away.")],
    why: Why = "",
) -> int:
    """答复：确属两份则发送，重复则作废 / send it, because it is meant twice, or discard it."""
    from gateway.submission.answering import delete, send

    if what not in ANSWERS:
        raise typer.BadParameter(f"{what!r}: {' | '.join(ANSWERS)}", param_hint="ANSWER")
    with door.open() as home:
        if what == "discard":
            return _told(door, number, done=delete(home, number, actor=actor(), why=why))
        outcome = send(home, number, actor=actor(), why=why)
    done = outcome.outcome in ("accepted", "revised")
    told = {"number": number, "outcome": outcome.outcome, "state": outcome.state, "done": done,
            "faults": [{"code": fault.code, "zh": fault.zh, "en": fault.en} for fault in outcome.faults]}  # fmt: skip
    words = both(OUTCOMES[outcome.outcome], door.lang)
    door.teller.tell(told, lambda out: out.print(f"{'✓' if done else '✗'} {number}  {words}"))
    return 0 if done else 1


def delete(
    door: Door,
    numbers: Annotated[list[str] | None, typer.Argument(metavar="NUMBER…", help="统一编号 / numbers.")] = None,
    why: Why = "",
) -> int:
    """删除草稿，全部或全不，记录保留 / throw drafts away, all or none, where their states permit it; what was recorded is kept."""
    from gateway.submission.answering import delete_all

    with door.open() as home:
        found = delete_all(home, numbers or (), actor=actor(), why=why)
    told = [{"number": each.number, "done": each.done, **_why(each)} for each in found]
    door.teller.tell(told, lambda out: out.print("\n".join(_line(door, each) for each in found)))
    return 0 if all(each.done for each in found) else 1


def _why(each: Deleted) -> dict[str, str]:
    refused = each.refused
    return {"code": refused.code, "zh": refused.zh, "en": refused.en} if refused else {"code": "", "zh": "", "en": ""}


def _line(door: Door, each: Deleted) -> str:
    if each.refused:
        return f"✗ {each.refused.code}: {door.teller.one(each.refused.zh, each.refused.en)}"
    words = ("已作废", "thrown away") if each.done else ("未删除：其他单证不允许", "not deleted: another one cannot be")
    return f"{'✓' if each.done else '–'} {each.number}  {both(words, door.lang)}"


def _told(door: Door, number: str, *, done: bool) -> int:
    words = (
        both(("已作废", "thrown away"), door.lang)
        if done
        else both(("状态不允许", "its state does not permit it"), door.lang)
    )
    told = {"number": number, "done": done}
    door.teller.tell(told, lambda out: out.print(f"{'✓' if done else '✗'} {number}  {words}"))
    return 0 if done else 1
