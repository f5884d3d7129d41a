"""Moods: words at the beginning of a declaration's remark that choose what customs makes of it.

`#confirm #twice rest of the remark`. FATES decide the outcome, one for each act of the enterprise, used up in their order
(`#confirm #refuse`: drafted for confirmation, then the confirmation is refused); LATER ones send something by themselves
after the last answer; the others say how the answers travel.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mappings.clock import MICROSECOND
from mappings.kind import Kind
from mappings.load import contract
from mappings.table import Table

# A certificate with moods of its own keeps its own; an application about one says them in its reason.
REMARKS = ("remark", "certificate_remark", "modification_reason", "withdrawal_reason")
SPREAD = 5_000_000  # µs of business time within which #shuffle lets answers arrive
BEHIND = 2_000_000  # µs by which #early lets the earlier answers follow the last, and #half the whole file its half
SPAN = r"\d{1,6}(?:ms|s|m|h|d)"


@dataclass(frozen=True, slots=True)
class Mood:
    """zh, en: what customs does. reason: what a receipt gives as its reason, where it gives one.

    example: how it is said. argument: pattern of what stands behind its colon, "" for none.
    letter: the inward kind that it sends afterwards, with the values `gives`, about documents with the fact `about`; where
    the contract has no such kind, the mood does nothing.
    """

    word: str
    zh: str
    en: str
    reason: str = ""
    example: str = ""
    argument: str = ""
    letter: str = ""
    about: str = ""
    gives: Mapping[str, str] = field(default_factory=dict)

    @property
    def said(self) -> str:
        return self.example or self.word


_FATES = (
    Mood("refuse", "海关入库失败（HF）；企业确认则为 EF", "Storing fails (HF); a confirmation fails with EF.",
         reason="申报数据不符合要求"),
    Mood("return", "海关退回（HT）；没有退回状态的单证答以 HF 和退回的理由",
         "Returned (HT); a document without that state gets HF with the reason of a return.", reason="海关退回，请补充资料后重新提交"),
    Mood("confirm", "拟证后请企业确认（EW），与 需确认后拟证 相同",
         "A draft for the enterprise's confirmation (EW), as the field 需确认后拟证 asks for."),
    Mood("silent", "取走报文，不作任何回答", "The file is taken to SentBox; no answer at all."),
    Mood("disagree", "海关审批不同意：止于该种类 receipts.toml 中 disagree 所列的状态",
         "Customs does not agree to what is asked: it ends in the state that receipts.toml of its kind names for disagree.",
         reason="海关审批不同意"),
)  # fmt: skip
_LATER = (
    Mood("notice", "单证入库后另发补充通知（documents 随附单据，data:<模板> 数据）",
         "After the last answer a supplement notice (documents, or data by a template).",
         example="notice:documents", argument=r"documents|data:[\w.-]{1,64}", letter="supplement_notice", about="customs_no"),
    Mood("invalid", "证书签发后被置为无效", "After its issue the certificate is set invalid.",
         letter="certificate_status", about="certificate_no", gives={"validity": "VN"}),
)  # fmt: skip
_TRAVEL = (
    Mood("late", "业务回执迟到所说的时间（ms s m h d），所述时间不变",
         "Business receipts arrive so much later (ms s m h d); what they state as their time stays.",
         example="late:2h", argument=SPAN),
    Mood("twice", "每个回执文件另送两次：相同内容换名一次，同一回执编号的新报文一次",
         "Each answer file again, twice: the same bytes under a new name, and a new message with the same receipt numbers."),
    Mood("shuffle", "回执在 5 秒（业务时间）内以任意次序到达，一份回执一个文件",
         "Answers arrive in any order within 5 s of business time, one receipt a file."),
    Mood("badseal", "先送一份签名损坏的回执，再送正确的", "A copy of the answer with a broken seal first, then the good one."),
    Mood("stranger", "先送一份由无人登记的密钥签名的回执，再送正确的",
         "A copy of the answer sealed with a key that nobody registered first, then the good one."),
    Mood("encoding", "先送一份编码与其声明不符的回执，再送正确的",
         "A copy of the answer in another encoding than it declares first, then the good one."),
    Mood("storm", "每个回执文件以新名称另送二十次", "Each answer file twenty times more, under new names."),
    Mood("foreign", "另送一份回执，其统一编号不属于任何人", "Also a receipt for a number that is nobody's."),
    Mood("garbage", "另送一个名为回执、内容杂乱的文件", "Also a file of garbage, named like a receipt."),
    Mood("half", "回执文件先只有一半，2 秒后同名补全", "First half of the answer file only, the whole under the same name 2 s after it."),
    Mood("pdf", "拟证草稿和已签发证书附 PDF 样张，报文为 zip",
         "Drafts and issued certificates bring a specimen as PDF; the message is a zip."),
    Mood("early", "最后的回执先到，先前的 2 秒后才到", "The last receipt arrives first, the earlier ones 2 s after it."),
)  # fmt: skip
MOODS: Mapping[str, Mood] = {mood.word: mood for mood in (*_FATES, *_LATER, *_TRAVEL)}
FATES = frozenset(mood.word for mood in _FATES)
LATER = frozenset(mood.word for mood in _LATER)
PATIENT = frozenset({"disagree"})  # it waits for an act to which the kind knows it as an answer


def parted(word: str) -> tuple[str, str]:
    """`late:2h` -> late, 2h."""
    head, _, argument = word.partition(":")
    return head, argument


def is_mood(word: str) -> bool:
    """With its argument, where it takes one, and without where it takes none."""
    head, argument = parted(word)
    mood = MOODS.get(head)
    if mood is None:
        return False
    return bool(re.fullmatch(mood.argument, argument)) if mood.argument else word == head


def moods_in(content: Mapping[str, Any]) -> tuple[str, ...]:
    """The moods that the content's remark begins with; the first word that is none ends them."""
    remark = next((content[name] for name in REMARKS if content.get(name)), "")
    words = []
    for word in str(remark).split():
        if not word.startswith("#") or not is_mood(word[1:]):
            break
        words.append(word[1:])
    return tuple(words)


def first_fate(words: Sequence[str], knows: Collection[str] = ()) -> str:
    """The fate of the next act, "" for the happy one. knows: the words that the act's kind has an answer for."""
    return next((word for word in words if word in FATES and (word not in PATIENT or word in knows)), "")


def used_up(words: Sequence[str], knows: Collection[str] = ()) -> tuple[str, ...]:
    """What is left for the acts that follow."""
    left = list(words)
    if fate := first_fate(words, knows):
        left.remove(fate)
    return tuple(word for word in left if parted(word)[0] not in LATER)


def of_travel(words: Sequence[str]) -> tuple[str, ...]:
    """How the answers travel."""
    return tuple(word for word in words if parted(word)[0] not in FATES | LATER)


def afterwards(words: Sequence[str]) -> tuple[str, ...]:
    """What comes by itself after the last answer."""
    return tuple(word for word in words if parted(word)[0] in LATER)


def asked_for(word: str) -> dict[str, str]:
    """What a notice is to say: `notice:documents`, `notice:data:meat` -> {"supplement_template": "meat"}."""
    head, argument = parted(word)
    template = argument.partition(":")[2]
    return {"supplement_template": template} if head == "notice" and template else {}


def delay(words: Sequence[str]) -> int:
    """µs by which `late` lets answers arrive later."""
    spans = (Table("", {"late": argument}).span("late") for head, argument in map(parted, words) if head == "late")
    return sum((span // MICROSECOND for span in spans if span), 0)


def table(kinds: Mapping[str, Kind]) -> str:
    """The published table, as the README holds it; a mood for which the contract has no kind says so."""
    rows = [f"| `#{mood.said}` | {mood.zh}{zh} | {mood.en}{en} |" for mood, zh, en in _honest(kinds)]
    return "\n".join(["| mood | 海关端 | customs' end |", "|---|---|---|", *rows])


def effective(word: str, kinds: Mapping[str, Kind]) -> bool:
    """Does the mood do anything with these kinds? A letter needs its kind, a patient fate a kind that answers it."""
    mood = MOODS[word]
    if mood.letter:
        return mood.letter in kinds
    return word not in PATIENT or any(word in kind.moods or word in kind.answers for kind in kinds.values())


def _honest(kinds: Mapping[str, Kind]) -> Iterator[tuple[Mood, str, str]]:
    for mood in MOODS.values():
        if effective(mood.word, kinds):
            yield mood, "", ""
        else:
            yield mood, "（约定中尚无这样的种类：不起作用）", " (No kind of the contract for it yet: without effect.)"


BEGIN, END = "<!-- moods: printed by python -m simulator.moods -->", "<!-- end of moods -->"
README = Path(__file__).with_name("README.md")


def printed(text: str) -> str:
    """The README with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(contract().kinds)}\n{END}{after}"


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
