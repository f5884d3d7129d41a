"""A message of customs: its records as XML, judged by its own schema, in an envelope, sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mappings.clock import iso, stamp
from mappings.kind import RECORDS, Kind
from mappings.parser import parse_canonical
from mappings.write import write
from parcel.answer import write_answer
from parcel.attachment import Attachment
from parcel.dxp import Head
from parcel.envelope import Envelope, wrap
from parcel.errors import EnvelopeRefused
from parcel.names import OutName, receipt_name, technical_name
from parcel.package.pack import packed
from signing.sign import seal
from simulator.rows import Taken
from simulator.tools import Tools

UNKNOWN = "UNKNOWN"
DONE = "接收成功"
LONGEST = 180  # bytes of a foreign name inside one of ours
Named = tuple[str, bytes]


def business(
    tools: Tools,
    carrier: Kind,
    records: Sequence[Mapping[str, Any]],
    *,
    receiver: str,
    stated: int,
    papers: Sequence[Attachment] = (),
) -> Named:
    """Name and bytes of a sealed business message, which is a package where files come along; `stated` in µs."""
    number, content = str(records[0]["number"]), {RECORDS: list(records)}
    return enclosed(tools, carrier, content, number=number, receiver=receiver, stated=stated, papers=papers)


def enclosed(
    tools: Tools,
    carrier: Kind,
    content: Mapping[str, Any],
    *,
    number: str,
    receiver: str,
    stated: int,
    papers: Sequence[Attachment] = (),
) -> Named:
    """Any content of customs, judged, in its envelope, sealed. number: what the file's name tells it is about."""
    payload = write(carrier, {}, content, head_parts=tools.contract.head)
    tools.judges.judge(carrier, parse_canonical(payload))
    name = file_name(tools, number, stated, extension="zip" if papers else "xml")
    envelope = Envelope(
        cop_msg_id=tools.numbers.message_id(stamp(stated)),
        sender=tools.settings.node,
        receivers=(receiver,),
        created=iso(stated),
        msg_type=carrier.type,
        data=payload,
        file_name=name,
        biz_keys=(("Number", number),),
    )
    sealed = seal(wrap([envelope]), signer=tools.signer)[0]
    return name, packed(name, sealed, papers) if papers else sealed


def file_name(tools: Tools, number: str, stated: int, *, extension: str = "xml") -> str:
    """A fresh name for a business file about a document."""
    counter = tools.numbers.file_counter()
    return receipt_name(number, stamp=stamp(stated), counter=counter, extension=extension).text


def technical(tools: Tools, taken: Taken, head: Head, *, info: str = DONE) -> Named:
    """Name and bytes of the platform's unsigned answer about a file."""
    out = OutName.parse(taken.name)
    at, counter, good = stamp(taken.at), tools.numbers.file_counter(), taken.code == "0"
    if out:  # real clients tell its name without extension
        name = technical_name(replace(out, extension=""), succeeded=good, stamp=at, counter=counter).text
    else:
        name = f"Failed_{cut(taken.name)}_{at}{counter:03d}.xml"
    return name, _answer(tools, taken, head, info)


def cut(name: str) -> str:
    """As much of a foreign name as a name of ours may hold."""
    return name.encode()[:LONGEST].decode(errors="ignore")


def _answer(tools: Tools, taken: Taken, head: Head, info: str) -> bytes:
    """About what can be told of the message; about its file alone where that is outside the platform's limits."""
    known = Head(
        head.cop_msg_id or taken.name[:255], head.sender or UNKNOWN, head.receivers or (tools.settings.node,),
        head.created or iso(taken.at), head.msg_type,
    )  # fmt: skip
    bare = Head(taken.name[:255], UNKNOWN, (tools.settings.node,), iso(taken.at), "")
    try:
        return _written(taken, known, info)
    except EnvelopeRefused:
        return _written(taken, bare, info)


def _written(taken: Taken, original: Head, info: str) -> bytes:
    day = stamp(taken.at)
    date = f"{day[:4]}-{day[4:6]}-{day[6:8]}"
    return write_answer(taken.code, info, original=original, receiver=original.sender, notice_date=date)
