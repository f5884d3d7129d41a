"""Taking in: each sealed file is verified, recorded as its enterprise's with its very bytes, then moved to SentBox.

What is not well sealed, not the enterprise's own, or not permitted goes to FailBox with a `Failed_` answer that says why.
A kill at any point leaves the file in its OutBox; recorded before it is moved, it is known by its message id.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from channels import ChannelError
from channels import Customs as Boxes
from gateway.errors import NotRelayed
from gateway.home import Home
from gateway.intake.declaration import fingerprint
from gateway.relay.desk import Desk
from gateway.relay.turn_away import turn_away
from gateway.submission.draft import attached
from ledger.rows import Act, DocumentChange, OutMessage, Submission
from mappings.attaching import GROUP
from mappings.clock import moment, stamp
from mappings.faults import Refused
from mappings.kind import Direction
from parcel.names import OutName
from parcel.package.pack import LIMITS
from parcel.parcel import Parcel
from parcel.way import INWARD, walk

BATCH = 64
MIDNIGHT = "000000000"
_LATER = frozenset({"CHANNEL_UNAVAILABLE"})  # gone, or still changing: it is looked at again
_OWN = {"refused": "BIZ_STATE", "duplicate": "MSG_REPEAT"}


@dataclass(frozen=True, slots=True)
class File:
    """data is empty where `problem` says why it could not be read."""

    name: str
    data: bytes = b""
    problem: Refused | None = None


class Taker:
    """Empties the OutBoxes of all who send through us."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._sent: dict[tuple[int, str], int] = {}  # by enterprise and day: counted once, then kept

    def take(self, desk: Desk) -> int:
        """Returns how many files were taken in or turned away; what is beyond the day's quota stays where it is."""
        taken = 0
        for biz, boxes in desk.boxes.items():
            taken += self._box(desk, biz, boxes, self._left(desk))
        return taken

    def _left(self, desk: Desk) -> int:
        if not desk.settings.quota:
            return BATCH
        of, today = desk.tenant.id, stamp(self._home.clock.now())[:8]
        if (of, today) not in self._sent:
            self._sent = {key: count for key, count in self._sent.items() if key[0] != of}
            self._sent[of, today] = self._home.ledger.sent_since(of, today + MIDNIGHT)
        return max(0, desk.settings.quota - self._sent[of, today])

    def _box(self, desk: Desk, biz: str, boxes: Boxes, left: int) -> int:
        files = list(_files(boxes, min(left, BATCH)))
        if not files:
            return 0
        reasons: dict[str, Refused] = {file.name: file.problem for file in files if file.problem}
        readable = [Parcel(name=file.name, data=file.data) for file in files if file.problem is None]
        done, refused = walk(INWARD, readable, self._tools(desk))
        reasons |= {parcel.name: reason for parcel, reason in refused}
        reasons |= self._record(desk, biz, done)
        for file in files:
            if reason := reasons.get(file.name):
                turn_away(boxes, file.name, file.data, reason, now=self._home.clock.now())
            else:
                self._taken(boxes, file.name)
        return len(files)

    def _tools(self, desk: Desk) -> dict[str, object]:
        home = self._home
        return {
            "contract": home.contract,
            "judges": home.judges,
            "registry": home.registry,
            "senders": frozenset({desk.tenant.node_id}),
            "addressees": frozenset({home.settings.customs}),
            "at": moment(home.clock.now()),
        }

    def _record(self, desk: Desk, biz: str, parcels: Sequence[Parcel]) -> dict[str, Refused]:
        """Whom the ledger does not take, by file name."""
        reasons: dict[str, Refused] = {}
        fresh: list[tuple[Parcel, Submission]] = []
        known = {p.cop_msg_id: self._home.ledger.message_body(p.cop_msg_id) for p in parcels}
        for parcel in parcels:
            first = known[parcel.cop_msg_id]
            try:
                if first is None:
                    fresh.append((parcel, self._submission(desk, biz, parcel)))
                elif first != parcel.data:
                    digests = {"first": _digest(first), "sha256": _digest(parcel.data)}
                    raise NotRelayed("MSG_CONFLICT", id=parcel.cop_msg_id, **digests)
            except Refused as reason:
                reasons[parcel.name] = reason
        recorded = self._home.ledger.record([submission for _, submission in fresh]) if fresh else []
        for (parcel, _), told in zip(fresh, recorded, strict=True):
            self._count(desk, told.outcome)
            if code := _OWN.get(told.outcome):
                reasons[parcel.name] = NotRelayed(code, found=parcel.number, first=told.number, state=told.state,
                                                  state_zh=told.state, number=told.number)  # fmt: skip
        return reasons

    def _count(self, desk: Desk, outcome: str) -> None:
        key = (desk.tenant.id, stamp(self._home.clock.now())[:8])
        if outcome not in _OWN and key in self._sent:
            self._sent[key] += 1

    def _submission(self, desk: Desk, biz: str, parcel: Parcel) -> Submission:
        """As if it had been declared here: its documents, and the message with its bytes as they came."""
        kind, name = parcel.needs_kind(), OutName.parse(parcel.name)
        if name is None or name.number != parcel.number or name.type != kind.type:
            raise NotRelayed("FILE_NAME", name=parcel.name)
        if kind.direction is not Direction.OUT or kind.biz.lower() != biz.lower():
            raise NotRelayed("MSG_TYPE", found=kind.type)
        if parcel.enterprise not in (desk.tenant.code, desk.tenant.uscc):
            raise NotRelayed("MSG_SENDER", found=parcel.enterprise)
        address = self._home.address(kind)
        if not address:
            raise NotRelayed("CHANNEL_UNROUTED", kind=kind.name)
        return Submission(
            enterprise_id=desk.tenant.id,
            reference=parcel.reference or f"{parcel.number}/{name.submission}",
            content_sha256=fingerprint(kind.name, parcel.content),
            kind=kind.name,
            number=parcel.number,
            documents=tuple(_changes(parcel, f"relay:{desk.settings.name}")),
            message=OutMessage(
                cop_msg_id=parcel.cop_msg_id, kind=kind.name, version=kind.version, file_name=parcel.name, channel=address,
                stated_at=parcel.stated_at, submission=name.submission, body=parcel.data, sealed=True, signer=parcel.signer,
            ),
            actor=f"relay:{desk.settings.name}",
        )  # fmt: skip

    def _taken(self, boxes: Boxes, name: str) -> None:
        day = stamp(self._home.clock.now())[:8]
        try:
            boxes.outbox.move(name, to=boxes.sent(day))
        except ChannelError:  # it stays, and is known by its message id at the next look
            return


def _files(boxes: Boxes, most: int) -> Iterator[File]:
    try:
        boxes.outbox.tame()
        entries = boxes.outbox.entries()[:most]
    except ChannelError:  # the folder is gone or unreadable: it is looked at again
        return
    for entry in entries:
        try:
            yield File(entry.name, boxes.outbox.read(entry.name, limit=LIMITS.size))
        except ChannelError as problem:
            if problem.code not in _LATER:
                yield File(entry.name, problem=problem)


def _changes(parcel: Parcel, actor: str) -> Iterator[DocumentChange]:
    kind, content = parcel.needs_kind(), parcel.content
    files = {each.name: each.data for each in parcel.attachments}
    own = attached(content.get(GROUP), files)
    if kind.acts_on:
        act = Act(kind.acts[str(content.get(kind.act_field, ""))], parcel.stated_at, actor)
        yield DocumentChange(parcel.number, kind.acts_on, 0, "", {}, act, attached=own)
        return
    act = Act("submit", parcel.stated_at, actor)
    given = {"kind": kind.name, "reference": parcel.reference, "enterprise": parcel.enterprise, "content": content}
    yield DocumentChange(parcel.number, kind.name, kind.version, _json(given), {}, act, attached=own)
    group = kind.carries
    if group and group.kind:
        for item in content.get(group.name) or ():
            number = str(item[group.kind.serial_field])
            yield DocumentChange(
                number, group.kind.name, group.kind.version, _json(item), {}, act, parent=parcel.number,
                attached=attached(item.get(GROUP), files),
            )  # fmt: skip


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
