"""Turning a file away as customs' side does: to FailBox, with an unsigned `Failed_` answer that gives code and reason."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import PurePath

from channels import ChannelError
from channels import Customs as Boxes
from mappings.clock import iso, stamp
from mappings.faults import Refused
from mappings.parser import parse
from parcel.answer import write_answer
from parcel.dxp import Head
from parcel.envelope import unwrap
from parcel.names import OutName, technical_name
from parcel.package.pack import sealed_xml

US = "RELAY"
LONGEST = 120  # bytes of a foreign name inside one of ours


def turn_away(boxes: Boxes, name: str, data: bytes, reason: Refused, *, now: int) -> None:
    """The answer first: a kill in between leaves the file where it was, and it is answered once more."""
    try:
        _turn_away(boxes, name, data, reason, now)
    except ChannelError:  # the channel as a whole: the file stays, and is answered at a later look
        return


def _turn_away(boxes: Boxes, name: str, data: bytes, reason: Refused, now: int) -> None:
    digest = int(hashlib.sha256(data).hexdigest()[:8], 16) % 1000
    (problem,) = boxes.inbox.put_all([(_name(name, now, digest), _answer(name, data, reason, now))], own_torn=True)
    if problem is not None:
        return
    kept = PurePath(name)
    for goal in (name, f"{kept.stem}_{stamp(now)}{kept.suffix}"):
        try:
            boxes.outbox.move(name, to=boxes.fail, as_name=goal)
        except ChannelError as error:
            if error.code == "CHANNEL_CONFLICT":
                continue
        return


def _name(name: str, now: int, counter: int) -> str:
    out = OutName.parse(name)
    if out:
        return technical_name(replace(out, extension=""), succeeded=False, stamp=stamp(now), counter=counter).text
    return f"Failed_{name.encode()[:LONGEST].decode(errors='ignore')}_{stamp(now)}{counter:03d}.xml"


def _answer(name: str, data: bytes, reason: Refused, now: int) -> bytes:
    day = stamp(now)
    told = _told(data)
    known = Head(
        told.cop_msg_id or name[:255],
        told.sender or US,
        told.receivers or (US,),
        told.created or iso(now),
        told.msg_type,
    )
    date = f"{day[:4]}-{day[4:6]}-{day[6:8]}"
    return write_answer(reason.kind.number, reason.zh, original=known, receiver=known.sender, notice_date=date)


def _told(data: bytes) -> Head:
    """What an unverified message says of itself: good for echoing, for nothing else."""
    try:
        return unwrap(parse(sealed_xml(data))).head
    except Refused:
        return Head()
