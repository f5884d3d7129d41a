"""What a counterpart did differently: each finding with its code, in two languages."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Finding(StrEnum):
    """The things that can be wrong with a counterpart, in the order in which they are met."""

    NOT_TAKEN = "NOT_TAKEN"
    NOT_SENT = "NOT_SENT"
    TECHNICAL_MISSING = "TECHNICAL_MISSING"
    TECHNICAL_NAME = "TECHNICAL_NAME"
    TECHNICAL_ECHO = "TECHNICAL_ECHO"
    TECHNICAL_CODE = "TECHNICAL_CODE"
    NAME = "NAME"
    SEAL = "SEAL"
    SHAPE = "SHAPE"
    ECHO = "ECHO"
    NUMBER = "NUMBER"
    STATUS = "STATUS"
    MISSING = "MISSING"
    ENDED = "ENDED"
    AGAIN = "AGAIN"
    CONFLICT = "CONFLICT"


WORDS: dict[Finding, tuple[str, str]] = {
    Finding.NOT_TAKEN: ("文件未从 OutBox 取走", "the file was not taken out of OutBox"),
    Finding.NOT_SENT: ("取走的文件不在 SentBox/<日期> 内", "the file that was taken does not lie in SentBox/<date>"),
    Finding.TECHNICAL_MISSING: ("没有技术回执 Successed_", "no technical receipt Successed_"),
    Finding.TECHNICAL_NAME: ("技术回执的文件名不合规", "the technical receipt's name is not of the form"),
    Finding.TECHNICAL_ECHO: (
        "技术回执未回显原报文的 OriHead",
        "the technical receipt does not echo the message's OriHead",
    ),
    Finding.TECHNICAL_CODE: ("技术回执的文件名与返回码不一致", "name and code of the technical receipt differ"),
    Finding.NAME: (
        "业务回执的文件名应为 Receipt_<编号>_<时间>.xml",
        "a business receipt is named Receipt_<number>_<time>.xml",
    ),
    Finding.SEAL: ("业务回执未签名或签名无效", "a business receipt is not sealed, or not validly"),
    Finding.SHAPE: ("业务回执的结构不符", "a business receipt is not as its schema says"),
    Finding.ECHO: ("业务回执未回显原报文的 CopMsgId 与类型", "a business receipt does not echo CopMsgId and type"),
    Finding.NUMBER: ("回执未带来应有的编号", "a receipt does not bring the number that it should"),
    Finding.STATUS: ("状态代码未知，或此状态之后不允许", "a status is unknown, or not permitted after the one before"),
    Finding.MISSING: ("单证没有业务回执", "a document has no business receipt"),
    Finding.ENDED: ("最终状态不符", "the last state is another"),
    Finding.AGAIN: (
        "重复送达的报文未以首次的回执作答",
        "a message that came again is not answered with its first answers",
    ),
    Finding.CONFLICT: ("同一 CopMsgId、不同内容的报文未被拒绝", "the same CopMsgId with other content is not refused"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """detail: the evidence: a name, a code, what was found and what was wanted."""

    finding: Finding
    detail: str

    @property
    def zh(self) -> str:
        return f"{WORDS[self.finding][0]}：{self.detail}"

    @property
    def en(self) -> str:
        return f"{WORDS[self.finding][1]}: {self.detail}"


@dataclass(slots=True)
class Verdict:
    """One story's. No difference is `ok`."""

    differences: list[Difference] = field(default_factory=list)

    def add(self, finding: Finding, detail: str) -> None:
        """Each once."""
        found = Difference(finding, detail)
        if found not in self.differences:
            self.differences.append(found)

    @property
    def ok(self) -> bool:
        return not self.differences
