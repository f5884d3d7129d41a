"""What the ledger answers: references, documents with their histories, notices and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ledger.rows.submitting import Facts
from mappings.states import Verdict, What


@dataclass(frozen=True, slots=True)
class Known:
    """What a reference stands for. submissions: messages sent under it; 0 while it is a draft.

    asks: the document because of which a person is asked about it, "" for none.
    """

    number: str
    kind: str
    version: int
    state: str
    content_sha256: str
    revision: int
    submissions: int
    declaration: str
    asks: str = ""


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

    due_at: when the state will have lasted too long, None where it may last. validity: "" for kinds that have none.
    about: the number of the business that it is about, "" for none.
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
    validity: str
    customs_no: str
    certificate_no: str
    facts: Facts
    revision: int
    updated_at: int
    due_at: int | None
    overdue: bool
    parent: str
    event_count: int
    about: str
    created_at: int


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
    """result: sealed, delivered, deferred, unconfirmed, replay, parked or dead."""

    message_id: int
    at: int
    stage: str
    result: str
    error: str


class Term(NamedTuple):
    """What a query asks of a document: one of these values, at the first of these paths that says something."""

    paths: tuple[str, ...]
    values: tuple[str, ...]


class Seen(NamedTuple):
    """The last row of a page. updated_at: as it was on that page (µs), 0 for as it is now."""

    number: str
    updated_at: int = 0


class Span(NamedTuple):
    """of: `updated_at`, `created_at`, or `at/HP`: when customs says that it became so. From `since` to before `until`, µs."""

    of: str
    since: int
    until: int


class Sheets(NamedTuple):
    """How many blank forms stand in a state. parent: the application that they were handed out for; pages: used beside them."""

    enterprise: str
    family: str
    state: str
    parent: str
    amount: int
    pages: int


class Batch(NamedTuple):
    """An application for blank forms. picked: sheets that customs says it handed out, None while nothing is said."""

    enterprise: str
    number: str
    state: str
    picked: int | None
    continuation: int
    annex: int


class History(NamedTuple):
    document: DocumentRow
    events: list[EventRow]
    messages: list[MessageRow]
    attempts: list[AttemptRow]


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A recorded change of a document's state. seq: 1, 2, … for each document; source_state is "" for the first.

    due_at: µs, while that state is the document's and may not last for ever.
    """

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
    due_at: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """documents: by (kind, state). stages: of the outbox. arrivals: by status. oldest_due: of the outbox, µs. standings: of the outbox."""

    documents: Mapping[tuple[str, str], int]
    stages: Mapping[str, int]
    arrivals: Mapping[str, int]
    oldest_due: int | None
    parked: int
    overdue: int
    standings: Mapping[str, int] = field(default_factory=dict)

    @property
    def conservation(self) -> dict[str, int]:
        """Every file that came is in one of the three."""
        of = self.arrivals.get
        processed = of("understood", 0) + of("repeat", 0) + of("discarded", 0)
        waiting = of("new", 0) + of("waiting", 0) + of("held", 0)
        total = sum(self.arrivals.values())
        return {"in": total, "processed": processed, "quarantined": of("quarantined", 0), "waiting": waiting}
