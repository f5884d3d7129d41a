"""A small world around a ledger: a machine with every sort of move, a clock that stands, and short names for rows."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from ledger import Ledger
from ledger.engine import connect
from ledger.rows import (
    Act,
    Arrived,
    DocumentChange,
    InMessage,
    NewArrival,
    NewEnterprise,
    NewEvent,
    OutMessage,
    Recorded,
    Settled,
    Settlement,
    Submission,
)
from mappings.clock import SetClock, micros, stamp
from mappings.states import By, Machine, Move, State, What

NOON = "20261121120000000"  # when every test begins
NODE = "DXPENT1108919038"
CUSTOMS = "DXPEDC0000000001"
EDITABLE = frozenset({"edit", "submit"})

_STATES = (
    State("S", "暂存", "draft", EDITABLE),
    State("D", "已提交", "submitted", within=timedelta(minutes=30)),
    State("SS", "发送成功", "sent", within=timedelta(hours=4)),
    State("SF", "发送失败", "sending failed", EDITABLE),
    State("HS", "海关入库成功", "stored"),
    State("HF", "海关入库失败", "store failed", EDITABLE),
    State("EW", "待企业确认", "awaiting confirmation"),
    State("EA", "同意", "agreed"),
    State("BP", "领取完成", "picked up", final=True),
)
_MOVES = (
    *(Move("submit", source, "D", By.ENTERPRISE) for source in ("S", "SF", "HF")),
    Move("SS", "D", "SS", By.GATEWAY),
    *(Move("SF", source, "SF", By.GATEWAY) for source in ("D", "SS")),
    *(Move("HS", source, "HS", By.CUSTOMS) for source in ("D", "SS", "SF")),
    *(Move("HF", source, "HF", By.CUSTOMS) for source in ("D", "SS", "SF")),
    Move("EW", "HS", "EW", By.CUSTOMS),
    *(Move("EW", source, "EW", By.CUSTOMS, skips=True) for source in ("D", "SS", "SF")),
    Move("agree", "EW", "EA", By.ENTERPRISE),
    *(Move("BP", source, "BP", By.CUSTOMS) for source in ("HS", "EA")),
    *(Move("BP", source, "BP", By.CUSTOMS, skips=True) for source in ("D", "SS", "SF")),
)
MACHINE = Machine("S", {state.code: state for state in _STATES}, {(move.source, move.on): move for move in _MOVES})


def machines(kind: str, version: int) -> Machine:
    return MACHINE


def number(serial: int, series: str = "A") -> str:
    return f"{series}2026{serial:013d}"


def at(minutes: int) -> str:
    """17 digits, so many minutes after noon."""
    return stamp(micros(NOON) + minutes * 60_000_000)


class World:
    """One enterprise, one ledger. `clock.tick` lets time pass."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.clock = SetClock(micros(NOON))
        self.ledger = self.open()
        (self.enterprise,) = self.ledger.add_enterprises([NewEnterprise("1108919038", "", "甲公司", NODE)])
        self.arrived = 0
        self.serials = itertools.count(1)

    def open(self) -> Ledger:
        """Another ledger on the same database, as another process would have."""
        return Ledger(connect(self.url), now=self.clock.now, machines=machines)

    # ── the enterprise ──

    def change(self, number_: str, act: str = "submit", *, text: str = "{}", parent: str = "") -> DocumentChange:
        """A document with its act; "" for an edit without one."""
        done = Act(act, stamp(self.clock.now()), "小王") if act else None
        return DocumentChange(number_, "application", 1, text, {}, done, parent)

    def submission(self, serial: int, text: str = "1", *, sent: int | None = 0, sealed: bool = True, carried: int = 0,
                   **more: Any) -> Submission:  # fmt: skip
        """Reference `R<serial>` for number(serial). sent: messages before this one, None for a draft."""
        act = "" if sent is None else "submit"
        changes = [self.change(number(serial), act, text=text)]
        changes += [
            self.change(number(serial * 10 + n, "C"), act, text=text, parent=number(serial)) for n in range(carried)
        ]
        out = (
            None if sent is None else self.out(f"M{serial}-{sent}", f"{number(serial)}_{sent}.xml", sent, sealed=sealed)
        )
        usual: dict[str, Any] = {
            "enterprise_id": self.enterprise.id,
            "reference": f"R{serial}",
            "content_sha256": hashlib.sha256(text.encode()).hexdigest(),
            "kind": "application",
            "number": number(serial),
            "documents": tuple(changes),
            "message": out,
            "actor": "小王",
        }
        return Submission(**usual | more)

    def out(self, cop_msg_id: str, file_name: str, sent: int = 0, *, sealed: bool = True) -> OutMessage:
        body = f"<{cop_msg_id}/>".encode()
        stated = stamp(self.clock.now())
        return OutMessage(cop_msg_id, "application", 1, file_name, "main/CertOut", stated, sent, body, sealed, "key")

    def record(self, *submissions: Submission) -> list[Recorded]:
        return self.ledger.record(submissions)

    # ── customs ──

    def event(self, serial: int, code: str, minutes: int, *, message: str = "", what: What = What.BUSINESS,
              facts: Mapping[str, str] | None = None, **more: Any) -> NewEvent:  # fmt: skip
        """What customs says of number(serial), so many minutes after noon."""
        receipt = "" if what is What.TRANSPORT else f"{minutes:018d}"
        usual: dict[str, Any] = {
            "enterprise_id": self.enterprise.id,
            "number": number(serial),
            "stated_at": at(minutes),
            "sentence": f"{code}!",
        }
        return NewEvent(what=what, code=code, receipt_no=receipt, message=message, facts=facts or {}, **usual | more)

    def arrive(self, *bodies: bytes, name: str = "") -> list[Arrived]:
        """Files of new names (or of one name) in customs' box."""
        files = []
        for body in bodies:
            self.arrived += 1
            files.append(NewArrival("main", "CertOut/InBox", name or f"Receipt_{self.arrived}.xml", body))
        return self.ledger.arrive(files)

    def tell(self, *events: NewEvent, **more: Any) -> Settled:
        """One arrival with these events, understood."""
        return self.tell_all([events], **more)[0]

    def tell_all(self, each: Sequence[Sequence[NewEvent]], **more: Any) -> list[Settled]:
        """An arrival for each list of events, settled in one batch."""
        arrived = self.arrive(*(f"<{self.arrived + n}/>".encode() for n in range(len(each))))
        settlements = [
            Settlement(arrival.id, **{"status": "understood", "events": tuple(events)} | more)
            for arrival, events in zip(arrived, each, strict=True)
        ]
        return self.ledger.settle(settlements)

    def state(self, serial: int, series: str = "A") -> str:
        key = (self.enterprise.id, number(serial, series))
        return self.ledger.lives([key])[key].state


def said(cop_msg_id: str, sender: str = CUSTOMS) -> InMessage:
    """Customs' message of that id."""
    return InMessage(cop_msg_id, sender, "receipt", 1, f"{cop_msg_id}.xml", NOON, "customs' key")
