"""What came from customs: files, what was read of them, and what people decide about the rest."""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger.rows.stating import Stated
from ledger.rows.submitting import Attached, DocumentChange, Facts, Number
from mappings.states import What


@dataclass(frozen=True, slots=True)
class NewArrival:
    channel: str
    box: str
    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Arrived:
    """status: new, or repeat of the arrival `of` (same channel, box, name and bytes), which then is also `id`."""

    id: int
    sha256: str
    status: str
    of: int | None


@dataclass(frozen=True, slots=True)
class ArrivalRow:
    """sightings: how often the same file was there. repeat_of: the arrival that brought the same message first.

    tries: readings of it that were begun.
    """

    id: int
    channel: str
    box: str
    name: str
    sha256: str
    status: str
    reason: str
    received_at: int
    message_id: int | None
    wants: str
    repeat_of: int | None
    sightings: int
    tries: int = 0


@dataclass(frozen=True, slots=True)
class NewEvent:
    """One fact about one document. message: the CopMsgId that customs echoes, "" for none."""

    enterprise_id: int
    number: str
    what: What
    code: str
    stated_at: str
    receipt_no: str = ""
    message: str = ""
    facts: Facts = field(default_factory=dict)
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class InMessage:
    """A message of a sender whose seal was verified."""

    cop_msg_id: str
    sender: str
    kind: str
    version: int
    file_name: str
    stated_at: str
    signer: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """What was made of an arrival. status: understood, waiting, held or quarantined; reason: `CODE: sentence` or "".

    opens: (enterprise_id, document) that customs may open. wants: the number for which it waits.
    stated: a page of customs' own account, which moves nothing. of: the enterprise that the file is about, where one is.
    attached: the files that came along, each with its document.
    """

    arrival_id: int
    status: str
    reason: str = ""
    message: InMessage | None = None
    events: tuple[NewEvent, ...] = ()
    opens: tuple[tuple[int, DocumentChange], ...] = ()
    wants: str = ""
    stated: Stated | None = None
    of: int | None = None
    attached: tuple[tuple[Number, Attached], ...] = ()


@dataclass(frozen=True, slots=True)
class Forward:
    """A file of customs that an enterprise which sends through us is to be handed. biz: its business folder."""

    arrival_id: int
    biz: str
    box: str
    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Settled:
    """status: as asked; or repeat, quarantined (MSG_CONFLICT), waiting (RCP_ORPHAN) where the ledger knows better.

    applied: events that were new. changed: numbers whose state changed.
    """

    arrival_id: int
    status: str
    applied: int
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """act: release (read it again) or discard, by a person, for a reason."""

    arrival_id: int
    act: str
    why: str
    actor: str


@dataclass(frozen=True, slots=True)
class AuditRow:
    id: int
    at: int
    actor: str
    act: str
    subject: str
    detail: Facts
