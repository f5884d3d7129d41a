"""The sample pack: for every kind that an enterprise sends a good message, and for every rule a bad one with its reason."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from mappings.check import check
from mappings.kind import Direction, Kind
from mappings.load import Contract
from mappings.numbers import message_id, unified
from mappings.sample import sample, sample_breaking
from mappings.write import completed, write
from parcel.attached import of_sample
from parcel.envelope import Envelope, wrap
from parcel.names import OutName

STATED, CREATED = "20261121093015123", "2026-11-21T09:30:15.123+08:00"
SENDER, RECEIVER = "DXPENT1108919038", "DXPEDC0000000001"
YEAR, SERIAL = 2026, 17


@dataclass(frozen=True, slots=True)
class Sample:
    """A file of the pack. expect: `good`, or the code of the rule that it breaks."""

    path: str
    data: bytes
    expect: str
    zh: str = ""
    en: str = ""


def samples(contract: Contract) -> Iterator[Sample]:
    """Business messages, and one envelope a kind, unsigned: your own key signs it."""
    for kind in contract.messages:
        if kind.direction is Direction.OUT:
            yield from _of_kind(contract, kind)


def index(found: list[Sample]) -> str:
    """samples.csv: which file, what is expected of it, and in which words."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("file", "expect", "zh", "en"))
    writer.writerows((each.path, each.expect, each.zh, each.en) for each in found)
    return out.getvalue()


def _of_kind(contract: Contract, kind: Kind) -> Iterator[Sample]:
    number = _number(kind)
    payload = _payload(contract, kind, number, sample(kind)["content"])
    yield Sample(f"{kind.name}/good.xml", payload, "good", kind.zh, kind.en)
    name = f"{OutName(kind.type, number, STATED, 0).stem}.xml"
    yield Sample(
        f"{kind.name}/{name}", _envelope(kind, number, name, payload), "good", "未签名的信封", "the envelope, unsigned"
    )
    for holder in (kind, *(group.kind for group in kind.groups if group.kind)):
        for rule in holder.rules:
            if rule.fact:  # broken by what is known of elsewhere, not by a message alone
                continue
            content = sample_breaking(kind, rule.code)["content"]
            bad = _payload(contract, kind, number, content)
            yield Sample(f"{kind.name}/bad-{rule.code}.xml", bad, rule.code, rule.zh, rule.en)


def _payload(contract: Contract, kind: Kind, number: str, content: dict[str, object]) -> bytes:
    checked = check(kind, of_sample(kind, content)[0])
    group = kind.carries
    carried: list[str] = []
    if group and group.kind:
        items = checked.content.get(group.name) or ()
        carried = [unified(group.kind.number, YEAR, SERIAL + n) for n in range(len(items))]
    whole = completed(kind, checked.content, number=number, carried=carried, facts={})
    head = {
        "number": number, "enterprise_code": SENDER[-10:], "reference": f"SAMPLE-{kind.type}", "submission": 0, "stated_at": STATED,
    }  # fmt: skip
    return write(kind, head, whole, head_parts=contract.head)


def _number(kind: Kind) -> str:
    """Of the kind's own series; what acts on a document names that document's."""
    target = next((field.element for field in kind.fields if field.id == kind.target), None)
    return str(target.example) if target else unified(kind.number or "C", YEAR, SERIAL)


def _envelope(kind: Kind, number: str, name: str, payload: bytes) -> bytes:
    envelope = Envelope(
        cop_msg_id=message_id(SENDER, STATED, SERIAL), sender=SENDER, receivers=(RECEIVER,), created=CREATED,
        msg_type=kind.type, data=payload, file_name=name, biz_keys=(("Number", number),),
    )  # fmt: skip
    return wrap([envelope])[0]
