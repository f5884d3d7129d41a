"""Moods: words at the beginning of a declaration's remark that choose what customs makes of it.

`#confirm #twice rest of the remark`. FATES decide the outcome, one for each act of the enterprise, used up in their order
(`#confirm #refuse`: drafted for confirmation, then the confirmation is refused); the others say how the answers travel.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REMARKS = ("remark", "certificate_remark")  # a certificate with moods of its own keeps its own
SPREAD = 5_000_000  # µs of business time within which #shuffle lets answers arrive
BEHIND = 2_000_000  # µs by which #early lets the earlier answers follow the last


@dataclass(frozen=True, slots=True)
class Mood:
    """zh, en: what customs does. reason: what a receipt gives as its reason, where it gives one."""

    word: str
    zh: str
    en: str
    reason: str = ""


_FATES = (
    Mood("refuse", "海关入库失败（HF）；企业确认则为 EF", "Storing fails (HF); a confirmation fails with EF.",
         reason="申报数据不符合要求"),
    Mood("return", "海关退回（HT）；没有退回状态的单证答以 HF 和退回的理由",
         "Returned (HT); a document without that state gets HF with the reason of a return.", reason="海关退回，请补充资料后重新提交"),
    Mood("confirm", "拟证后请企业确认（EW），与 需确认后拟证 相同",
         "A draft for the enterprise's confirmation (EW), as the field 需确认后拟证 asks for."),
    Mood("silent", "取走报文，不作任何回答", "The file is taken to SentBox; no answer at all."),
)  # fmt: skip
_TRAVEL = (
    Mood("twice", "每个回执文件另送两次：相同内容换名一次，同一回执编号的新报文一次",
         "Each answer file again, twice: the same bytes under a new name, and a new message with the same receipt numbers."),
    Mood("shuffle", "回执在 5 秒（业务时间）内以任意次序到达，一份回执一个文件",
         "Answers arrive in any order within 5 s of business time, one receipt a file."),
    Mood("badseal", "先送一份签名损坏的回执，再送正确的", "A copy of the answer with a broken seal first, then the good one."),
    Mood("foreign", "另送一份回执，其统一编号不属于任何人", "Also a receipt for a number that is nobody's."),
    Mood("garbage", "另送一个名为回执、内容杂乱的文件", "Also a file of garbage, named like a receipt."),
    Mood("early", "最后的回执先到，先前的 2 秒后才到", "The last receipt arrives first, the earlier ones 2 s after it."),
)  # fmt: skip
MOODS: Mapping[str, Mood] = {mood.word: mood for mood in (*_FATES, *_TRAVEL)}
FATES = frozenset(mood.word for mood in _FATES)


def moods_in(content: Mapping[str, Any]) -> tuple[str, ...]:
    """The moods that the content's remark begins with; the first word that is none ends them."""
    remark = next((content[name] for name in REMARKS if content.get(name)), "")
    words = []
    for word in str(remark).split():
        if not word.startswith("#") or word[1:] not in MOODS:
            break
        words.append(word[1:])
    return tuple(words)


def first_fate(words: Sequence[str]) -> str:
    """The fate of the next act, "" for the happy one."""
    return next((word for word in words if word in FATES), "")


def used_up(words: Sequence[str]) -> tuple[str, ...]:
    """What is left for the acts that follow."""
    left = list(words)
    if fate := first_fate(words):
        left.remove(fate)
    return tuple(left)


def of_travel(words: Sequence[str]) -> tuple[str, ...]:
    """How the answers travel."""
    return tuple(word for word in words if word not in FATES)


def table() -> str:
    """The published table, as the README holds it."""
    rows = [f"| `#{mood.word}` | {mood.zh} | {mood.en} |" for mood in MOODS.values()]
    return "\n".join(["| mood | 海关端 | customs' end |", "|---|---|---|", *rows])


BEGIN, END = "<!-- moods: printed by python -m simulator.moods -->", "<!-- end of moods -->"
README = Path(__file__).with_name("README.md")


def printed(text: str) -> str:
    """The README with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main(arguments: Sequence[str]) -> int:
    text = README.read_text(encoding="utf-8")
    if "--check" not in arguments:
        README.write_text(printed(text), encoding="utf-8")
        return 0
    if printed(text) != text:
        sys.stderr.write("simulator/README.md differs from simulator/moods.py: run python -m simulator.moods\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
