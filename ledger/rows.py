"""What goes into the ledger and what comes out of it: frozen rows, no type of the database among them.

Times of our own are µs UTC (int); times that customs or an act states are 17 digits of Beijing time (str).
`enterprise_id` is the ledger's, `enterprise` the code that people know. Facts are text by dictionary id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mappings.states import Verdict, What

Facts = Mapping[str, str]
Reference = tuple[int, str]  # (enterprise_id, the enterprise's own reference)
Number = tuple[int, str]  # (enterprise_id, number)


@dataclass(frozen=True, slots=True)
class NewEnterprise:
    """code: 10-digit customs code; uscc: 18-character social credit code; one may be "". node_id: its sender id."""

    code: str
    uscc: str
    name: str
    node_id: str


@dataclass(frozen=True, slots=True)
class Enterprise:
    id: int
    code: str
    uscc: str
    name: str
    node_id: str


# ── going in: what the enterprise does ──


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody at the enterprise does to a document: a word of its machine, such as `submit`."""

    code: str
    stated_at: str
    actor: str


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """A document to be made (its number is unknown yet) or changed.

    declaration: JSON as given, "" leaves it as it is. facts: added to what is known. act: None for an edit.
    parent: number of the document that carries this one.
    """

    number: str
    kind: str
    version: int
    declaration: str
    facts: Facts
    act: Act | None
    parent: str = ""


@dataclass(frozen=True, slots=True)
class OutMessage:
    """One file to be sent. submission: how many were sent before it. body: not sealed yet unless `sealed`."""

    cop_msg_id: str
    kind: str
    version: int
    file_name: str
    channel: str
    stated_at: str
    submission: int
    body: bytes
    sealed: bool
    signer: str


@dataclass(frozen=True, slots=True)
class Submission:
    """One declaration: the documents that it makes or changes, and the message that carries them (None: a draft).

    number: of the document that the reference stands for. waits_for: a fact without which it cannot be sealed.
    """

    enterprise_id: int
    reference: str
    content_sha256: str
    kind: str
    number: str
    documents: tuple[DocumentChange, ...]
    message: OutMessage | None
    actor: str
    waits_for: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """outcome: accepted, revised, duplicate (nothing written) or refused (`code` says why, nothing written)."""

    outcome: str
    number: str
    kind: str
    state: str
    submission: int
    code: str = ""


# ── going in: what customs says ──


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
    """

    arrival_id: int
    status: str
    reason: str = ""
    message: InMessage | None = None
    events: tuple[NewEvent, ...] = ()
    opens: tuple[tuple[int, DocumentChange], ...] = ()
    wants: str = ""


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
class AuditEntry:
    actor: str
    act: str
    subject: str
    detail: Facts = field(default_factory=dict)


# ── the queue ──


@dataclass(frozen=True, slots=True)
class Due:
    outbox_id: int
    message_id: int
    cop_msg_id: str
    enterprise_id: int
    kind: str
    file_name: str
    channel: str
    stage: str
    body: bytes
    attempts: int
    due_at: int


class Sealed(NamedTuple):
    outbox_id: int
    body: bytes
    signer: str


class Deferral(NamedTuple):
    """next_due: None parks it, with the error as its reason."""

    outbox_id: int
    error: str
    next_due: int | None


# ── coming out ──


@dataclass(frozen=True, slots=True)
class Known:
    """What a reference stands for. submissions: messages sent under it; 0 while it is a draft."""

    number: str
    kind: str
    version: int
    state: str
    content_sha256: str
    revision: int
    submissions: int
    declaration: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of ours. numbers: the documents that it carries, in the order in which they were made."""

    cop_msg_id: str
    enterprise_id: int
    message_id: int
    kind: str
    file_name: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """declaration: as given; "" in the lists of `documents()`, which do not read it. since: stated time of its state.

    due_at: when the state will have lasted too long, None where it may last.
    """

    enterprise_id: int
    enterprise: str
    number: str
    kind: str
    version: int
    reference: str
    declaration: str
    state: str
    since: str
    customs_no: str
    certificate_no: str
    facts: Facts
    revision: int
    updated_at: int
    due_at: int | None
    overdue: bool
    parent: str
    event_count: int


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event as the fold reads it. seq: the order of recording. source, to: the states around it.

    message: the CopMsgId sent or echoed. arrival_id: the file that brought it, None for acts. answers: a seq, 0 none.
    """

    seq: int
    what: What
    code: str
    stated_at: str
    recorded_at: int
    receipt_no: str
    message: str
    arrival_id: int | None
    actor: str
    answers: int
    facts: Facts
    sentence: str
    source: str
    to: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class MessageRow:
    """direction: out or in. submission: of messages out. stage, due_at, parked: of the outbox, "" and None inwards."""

    id: int
    direction: str
    cop_msg_id: str
    sender: str
    kind: str
    version: int
    file_name: str
    stated_at: str
    recorded_at: int
    signer: str
    sha256: str
    submission: int
    stage: str
    due_at: int | None
    parked: str


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """result: sealed, delivered, deferred or parked."""

    message_id: int
    at: int
    stage: str
    result: str
    error: str


class History(NamedTuple):
    document: DocumentRow
    events: list[EventRow]
    messages: list[MessageRow]
    attempts: list[AttemptRow]


@dataclass(frozen=True, slots=True)
class ArrivalRow:
    """sightings: how often the same file was there. repeat_of: the arrival that brought the same message first."""

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


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A recorded change of a document's state. seq: 1, 2, … for each document; source_state is "" for the first."""

    id: int
    enterprise: str
    number: str
    seq: int
    kind: str
    reference: str
    source_state: str
    state: str
    recorded_at: int
    facts: Facts


@dataclass(frozen=True, slots=True)
class AuditRow:
    id: int
    at: int
    actor: str
    act: str
    subject: str
    detail: Facts


@dataclass(frozen=True, slots=True)
class Counts:
    """documents: by (kind, state). stages: of the outbox. arrivals: by status. oldest_due: of the outbox, µs."""

    documents: Mapping[tuple[str, str], int]
    stages: Mapping[str, int]
    arrivals: Mapping[str, int]
    oldest_due: int | None
    parked: int
    overdue: int
