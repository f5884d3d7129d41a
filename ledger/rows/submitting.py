"""What the enterprise's end hands in: its tenants, its declarations, what became of their messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ledger.rows.auditing import AuditEntry

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


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody at the enterprise does to a document: a word of its machine, such as `submit`, and what it tells."""

    code: str
    stated_at: str
    actor: str
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Required:
    """Another document that must be in one of these states when a submission is recorded."""

    number: str
    states: frozenset[str]


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with a declaration or with a message. class_code: "" where its screen asks for none."""

    class_code: str
    name: str
    pages: int
    sha256: str
    body: bytes


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """A document to be made (its number is unknown yet) or changed.

    declaration: JSON as given, "" leaves it as it is. facts: added to what is known. act: None for an edit.
    parent: number of the document that carries this one. attached: the files that came with the change.
    about: the number of the business that it is about, which people find it by; "" leaves it as it is.
    """

    number: str
    kind: str
    version: int
    declaration: str
    facts: Facts
    act: Act | None
    parent: str = ""
    attached: tuple[Attached, ...] = ()
    about: str = ""


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


class FactUsed(NamedTuple):
    """Another document by which a submission was judged, in the revision that was read."""

    number: str
    revision: int


@dataclass(frozen=True, slots=True)
class Submission:
    """One declaration: the documents that it makes or changes, and the message that carries them (None: a draft).

    number: of the document that the reference stands for. waits_for: number of a document that nobody has yet, and
    without which it cannot be judged to the end; `patience`: how long (µs) until it is looked at without.
    facts: what it was judged by; where that has changed it is refused.
    again: the same content is meant to be sent once more, where the state permits it.
    audit: what the audit says of it, written where it is taken.
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
    patience: int = 0
    asks: tuple[str, str] | None = None
    facts: tuple[FactUsed, ...] = ()
    needs: tuple[Required, ...] = ()
    again: bool = False
    audit: tuple[AuditEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """outcome: accepted, revised, duplicate (nothing written) or refused (`code` says why, nothing written)."""

    outcome: str
    number: str
    kind: str
    state: str
    submission: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """standing: `unconfirmed` where it may have arrived, `replay` where a person wants it sent again, else ""."""

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
    standing: str


class Sealed(NamedTuple):
    outbox_id: int
    body: bytes
    signer: str


class Deferral(NamedTuple):
    """What failed. next_due: None gives it up, with the error as its reason: `dead` after the last step, else `parked`.

    standing: `unconfirmed` where nobody knows whether it arrived.
    """

    outbox_id: int
    error: str
    next_due: int | None
    standing: str = ""


class Fetched(NamedTuple):
    """What waited for a fact, written with it. number: of its document. known: kept beside the declaration."""

    outbox_id: int
    number: str
    body: bytes
    facts: tuple[FactUsed, ...]
    known: Facts


class TurnedAway(NamedTuple):
    """What waited for a fact and is refused by it: its documents are as if sending had failed."""

    outbox_id: int
    stated_at: str
    sentence: str
    known: Facts
