"""The transport desk: empties the OutBox. Each file is judged alone and answered by the platform's own code.

The order survives a kill at any point: what a message causes is committed, then the file is moved, then answers are
written. A file that is found again is the same message, and its first answers are its answers.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from channels import Box, ChannelError
from mappings.clock import moment, stamp
from mappings.faults import Refused
from mappings.kind import Direction
from mappings.parser import parse
from parcel.dxp import Head
from parcel.envelope import unwrap
from parcel.errors import Poisoned
from parcel.names import OutName
from parcel.package.pack import LIMITS, sealed_xml
from parcel.parcel import Parcel
from parcel.way import INWARD, walk
from simulator.delivery import acknowledge, litter, refuse
from simulator.errors import NotTaken
from simulator.message import cut
from simulator.reception import receive
from simulator.rows import Taken
from simulator.tools import Tools
from simulator.verdict import SUCCESS, code_of

BATCH = 64  # files of one OutBox in one pass


@dataclass(frozen=True, slots=True)
class File:
    """A file of an OutBox. data is empty where `problem` says why it could not be read."""

    road: str
    name: str
    data: bytes = b""
    problem: Refused | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def take(tools: Tools, road: str) -> int:
    """Empty one OutBox, at most BATCH files. Returns how many were taken."""
    files = _files(tools, road)
    if not files:
        return 0
    known = {file.name: _answered(tools, file) for file in files if file.problem is None}
    judged = _judged(tools, [file for file in files if file.problem is None and not known[file.name]])
    with tools.store.transaction():
        rows = [(file, _settled(tools, file, known.get(file.name), judged.get(file.name))) for file in files]
    moved = [row.id for file, row in rows if _moved(tools, file, row)]
    with tools.store.transaction():
        tools.store.moved(moved)
    return len(moved)


def _files(tools: Tools, road: str) -> list[File]:
    """The next that can be read. An OutBox is listed when what was listed last is used up: a long one is not listed each time."""
    box, listed = tools.roads[road].outbox, tools.listed.setdefault(road, deque())
    if files := _read(box, road, listed):
        return files
    box.tame()
    listed.extend(entry.name for entry in box.entries())
    return _read(box, road, listed)


def _read(box: Box, road: str, listed: deque[str]) -> list[File]:
    files: list[File] = []
    while listed and len(files) < BATCH:
        name = listed.popleft()
        try:
            files.append(File(road, name, box.read(name, limit=LIMITS.size)))
        except ChannelError as problem:
            if problem.code.startswith("FILE_"):  # else it is gone, still changing, or the wire broke: looked at again
                files.append(File(road, name, b"", problem))
    return files


def _judged(tools: Tools, fresh: Sequence[File]) -> dict[str, Parcel | Refused]:
    """The inward way for all whose first answers are not known."""
    held = {
        "registry": tools.registry,
        "at": moment(tools.clock.now()),
        "contract": tools.contract,
        "senders": frozenset(known.node for known in tools.settings.enterprises),
        "addressees": frozenset({tools.settings.node}),
        "judges": tools.judges,
    }
    done, refused = walk(INWARD, [Parcel(name=file.name, data=file.data) for file in fresh], held)
    found: dict[str, Parcel | Refused] = {parcel.name: parcel for parcel in done}
    return found | {parcel.name: reason for parcel, reason in refused}


def _answered(tools: Tools, file: File) -> Taken | None:
    """The earlier taking of this very file, unless it was turned away and may be judged anew."""
    row = tools.store.taken(file.road, file.name, file.sha256)
    return row if row and (row.code == SUCCESS or not row.moved) else None


def _settled(tools: Tools, file: File, known: Taken | None, judged: Parcel | Refused | None) -> Taken:
    """Inside a transaction: what the file is, and all that it causes."""
    if known:
        return _again(tools, known)
    reason = file.problem or judged
    if isinstance(reason, Parcel):
        try:
            with tools.store.part():
                return _received(tools, file, reason)
        except Refused as turned_away:
            reason = turned_away
        except sqlite3.Error:
            raise
        except Exception as unforeseen:  # noqa: BLE001  (one bad message never stops the others)
            reason = Poisoned("POISON", detail=f"{type(unforeseen).__name__}: {unforeseen}")
    assert isinstance(reason, Refused)
    return _refused(tools, file, reason)


def _again(tools: Tools, row: Taken) -> Taken:
    """A file that we know. Not moved yet: our own work, cut short. Moved: sent again, and answered as at first."""
    if row.moved:
        tools.store.answer_again(row)
    return row


def _received(tools: Tools, file: File, parcel: Parcel) -> Taken:
    _check_name(file, parcel)
    row = Taken(
        file.road, file.name, file.sha256, tools.clock.now(), SUCCESS, parcel.sender, parcel.cop_msg_id,
        parcel.needs_kind().type,
    )  # fmt: skip
    if known := tools.store.seen(row.sender, row.cop_msg_id):
        first, taken = known
        if first != row.sha256:
            raise NotTaken("MSG_CONFLICT", id=row.cop_msg_id, first=first, sha256=row.sha256)
        row = tools.store.add_taken(replace(row, first=taken))
        tools.store.answer_again(row)
        return row
    row = tools.store.add_taken(row)
    tools.store.add_seen(row)
    received = receive(tools, parcel, row)
    if not received.silent:
        row = tools.store.taking(row.id)
        assert parcel.envelope is not None
        acknowledge(tools, row, parcel.envelope.head)
        litter(tools, row, parcel.number)
    return row


def _check_name(file: File, parcel: Parcel) -> None:
    """The name, the envelope and the folder say the same."""
    kind, name = parcel.needs_kind(), OutName.parse(file.name)
    if name is None or name.number != parcel.number:
        raise NotTaken("FILE_NAME", name=file.name)
    biz = file.road.partition("/")[2]
    if kind.direction is not Direction.OUT or name.type != kind.type or biz.lower() != kind.biz.lower():
        raise NotTaken("MSG_TYPE", found=kind.type)


def _refused(tools: Tools, file: File, reason: Refused) -> Taken:
    head = _told(file.data)
    row = Taken(file.road, file.name, file.sha256, tools.clock.now(), code_of(reason), type=head.msg_type)
    row = tools.store.add_taken(row)
    refuse(tools, row, head, reason.zh)
    return row


def _told(data: bytes) -> Head:
    """What an unverified message says of itself: good for echoing, for nothing else."""
    try:
        return unwrap(parse(sealed_xml(data))).head
    except Refused:
        return Head()


def _moved(tools: Tools, file: File, row: Taken) -> bool:
    """Into SentBox by customs' day, or into FailBox; a name that is taken there gets the time behind it."""
    boxes = tools.roads[file.road]
    at = stamp(tools.clock.now())
    goal = boxes.sent(at[:8]) if row.code == SUCCESS else boxes.fail
    kept = PurePath(file.name)
    for name in (file.name, f"{cut(kept.stem)}_{at}{cut(kept.suffix)}"):
        try:
            boxes.outbox.move(file.name, to=goal, as_name=name)
        except ChannelError as problem:
            if problem.code == "CHANNEL_CONFLICT":
                continue
            tools.alarm.tell(f"{file.road}/OutBox", problem)
            return False
        return True
    return False
