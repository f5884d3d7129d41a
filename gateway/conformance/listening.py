"""What a counterpart says of a message: its files are looked at one by one, and what is wrong with each is noted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.conformance.sending import Sent
from gateway.conformance.verdict import Finding, Verdict
from gateway.home import Home
from mappings.clock import moment
from mappings.faults import Refused
from mappings.kind import RECORDS
from mappings.parser import parse
from mappings.states import What
from parcel.envelope import read_answer
from parcel.names import InName, parse_in
from parcel.parcel import Parcel
from parcel.way import INWARD, walk

RECEIPT = "Receipt_"
TECHNICAL = ("Successed_", "Failed_")
_SHAPES = ("XSD_", "XML_", "MSG_")


@dataclass(slots=True)
class Listener:
    """Everything that is told of one message. states: of each document, as customs told them, in the order of their times.

    taken: None until a technical receipt says yes or no.
    """

    home: Home
    sent: Sent
    verdict: Verdict
    taken: bool | None = None
    files: int = 0
    states: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def hear(self, name: str, data: bytes) -> bool:
        """A file of the InBox. False where it is not about this message."""
        told = parse_in(name)
        if told and told.out is not None:
            return self._technical(told, name, data)
        if name.startswith(TECHNICAL) and self.sent.name.stem in name:
            self.verdict.add(Finding.TECHNICAL_NAME, name)
            return True
        return self._business(told, name, data)

    @property
    def complete(self) -> bool:
        """Every document has come to the end that its story wants, or the message was turned away."""
        return self.taken is False or all(self.last(number) == end for number, end in self.ends.items())

    @property
    def ends(self) -> Mapping[str, str]:
        return {number: self.sent.story.ends[kind.name] for number, kind in self.sent.documents.items()}

    def last(self, number: str) -> str:
        told = sorted(self.states.get(number, ()))
        return told[-1][1] if told else ""

    def conclude(self, *, technical: bool) -> None:
        """When nothing more is waited for. technical: whether this channel has technical receipts."""
        if technical and self.taken is None:
            self.verdict.add(Finding.TECHNICAL_MISSING, f"Successed_{self.sent.name.stem}_….xml")
        for number, end in self.ends.items():
            if not self.states.get(number):
                self.verdict.add(Finding.MISSING, number)
            elif self.last(number) != end:
                self.verdict.add(Finding.ENDED, f"{number}: {self.last(number)} ≠ {end}")
            self._judge_moves(number)

    def _technical(self, told: InName, name: str, data: bytes) -> bool:
        if told.out is None or not told.out.same(self.sent.name):
            return False
        self.files += 1
        self.taken = bool(told.succeeded)
        try:
            answer = read_answer(parse(data))
        except Refused as reason:
            self.verdict.add(Finding.TECHNICAL_ECHO, f"{name}: {reason.code}")
            return True
        if answer.ok != told.succeeded:
            self.verdict.add(Finding.TECHNICAL_CODE, f"{name}: {answer.code}")
        if answer.original.cop_msg_id != self.sent.cop_msg_id:
            self.verdict.add(Finding.TECHNICAL_ECHO, f"{name}: {answer.original.cop_msg_id or '—'}")
        return True

    def _business(self, told: InName | None, name: str, data: bytes) -> bool:
        done, refused = walk(INWARD, [Parcel(name=name, data=data)], self._tools())
        if refused:
            mine = any(number.encode() in data or number in name for number in self.sent.documents)
            if mine:
                code = refused[0][1].code
                self.verdict.add(Finding.SHAPE if code.startswith(_SHAPES) else Finding.SEAL, f"{name}: {code}")
            return mine
        records = [r for r in done[0].content.get(RECORDS) or () if str(r["number"]) in self.sent.documents]
        if not records:
            return False
        self.files += 1
        if told is None or not any(told.number == str(record["number"]) for record in records):
            self.verdict.add(Finding.NAME, name)
        for record in records:
            self._record(record)
        return True

    def _record(self, record: Mapping[str, Any]) -> None:
        number, status = str(record["number"]), str(record["status"])
        kind = self.sent.documents[number]
        if (
            str(record.get("cop_msg_id", "")) != self.sent.cop_msg_id
            or record.get("message_type") != self.sent.story.kind.type
        ):
            self.verdict.add(Finding.ECHO, f"{number} {status}: {record.get('cop_msg_id', '—')}")
        if status not in kind.needs_machine().states:
            self.verdict.add(Finding.STATUS, f"{number}: {status}")
            return
        receipt = kind.receipts.get(status)
        for fact in receipt.brings if receipt else ():
            if fact in ("customs_no", "certificate_no") and not record.get(fact):
                self.verdict.add(Finding.NUMBER, f"{number} {status}: {fact}")
        told = self.states.setdefault(number, [])
        entry = (f"{record['stated_at']} {record['receipt_no']}", status)
        if entry not in told:
            told.append(entry)

    def _judge_moves(self, number: str) -> None:
        """Each state follows from the one before, or says it again."""
        machine, at = self.sent.documents[number].needs_machine(), "SS"
        for _, status in sorted(self.states.get(number, ())):
            if status != at and machine.move(at, status, What.BUSINESS) is None:
                self.verdict.add(Finding.STATUS, f"{number}: {at} → {status}")
            at = status

    def _tools(self) -> dict[str, Any]:
        home = self.home
        return {
            "contract": home.contract, "judges": home.judges, "registry": home.registry,
            "senders": frozenset({home.settings.customs}), "addressees": home.nodes, "at": moment(home.clock.now()),
            "policy": home.policy,
        }  # fmt: skip
