"""Proving chains: every document's events and the whole audit, row by row, in pages; the first bad row is named.

The work is one look at every row, the memory one page, whatever the ledger holds (reliability 8, Audit chain).
A cut or a whole rewritten chain agrees with itself: that is found by the heads that were anchored elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from ledger.chain import audit_hash, declared, event_hash
from ledger.statements import AnyRow, Lookup
from ledger.tables import audit, body, declaration, document, event, series

ACCEPTED = "accept_loss"
"""The act of a person who answers for a loss; a new file of heads begins with it, whose lines count from 1."""

_PAGE = 500
_CHUNK = 200  # rows fetched at once while streaming
_EVENTS = Lookup(select(event).order_by(event.c.document_id, event.c.seq), event.c.document_id)
_DECLARED = Lookup(
    select(declaration.c.document_id, declaration.c.revision, declaration.c.given), declaration.c.document_id
)
_DOCUMENT = (document.c.id, document.c.number, document.c.head, document.c.event_count)


@dataclass(frozen=True, slots=True)
class Bad:
    """The first bad place of one chain. seq: of the event or the entry; expected, found: hashes or counts as text."""

    number: str  # of the document, "" for the audit
    seq: int
    expected: str
    found: str


@dataclass(slots=True)
class _Chain:
    """One document while its events go by."""

    number: str
    head: str = ""
    count: int = 0
    bad: Bad | None = None
    given: dict[int, str] = field(default_factory=dict)  # revision -> sha256 of the declaration that is there
    changed: list[Bad] = field(default_factory=list)  # declarations that are not what their events bind

    def take(self, row: AnyRow) -> None:
        if self.bad is None and (row.seq, row.previous) != (self.count + 1, self.head):
            self.bad = Bad(self.number, row.seq, f"{self.count + 1} {self.head}", f"{row.seq} {row.previous}")
        self.head, self.count = event_hash(self.number, row._asdict()), row.seq
        bound = declared(row.content)
        if bound and self.given.get(bound[0]) != bound[1]:
            self.changed.append(Bad(self.number, row.seq, bound[1], self.given.get(bound[0], "—")))

    def ended(self, head: str, count: int) -> Bad | None:
        if self.bad is None and (self.head, self.count) != (head, count):
            self.bad = Bad(self.number, self.count, f"{count} {head}", f"{self.count} {self.head}")
        return self.bad


@dataclass(frozen=True, slots=True)
class Page:
    """What a page of documents gave. last: the id behind which the next one begins."""

    last: int
    documents: int
    events: int
    bad: tuple[Bad, ...]
    changed: tuple[Bad, ...]  # declarations


def document_page(connection: Connection, after: int) -> Page | None:
    """The next documents behind an id, each from its first event to the head that the document says; None at the end."""
    rows = connection.execute(
        select(*_DOCUMENT).where(document.c.id > after).order_by(document.c.id).limit(_PAGE)
    ).all()
    if not rows:
        return None
    chains, events = {row.id: _Chain(row.number) for row in rows}, 0
    for row in _DECLARED.rows(connection, chains):
        chains[row.document_id].given[row.revision] = hashlib.sha256(row.given.encode()).hexdigest()
    for row in _EVENTS.rows(connection, chains):
        chains[row.document_id].take(row)
        events += 1
    ends = (chains[id_].ended(head, count) for id_, _, head, count in rows)
    changed = tuple(bad for each in chains.values() for bad in each.changed)
    return Page(rows[-1].id, len(rows), events, tuple(bad for bad in ends if bad), changed)


@dataclass(frozen=True, slots=True)
class AuditProof:
    """entries: how many there are. bad: the first bad entry. lost: anchored heads (by their line) that are not there."""

    entries: int
    bad: Bad | None
    lost: tuple[int, ...]
    anchors: tuple[tuple[int, str], ...]  # (id, subject) of the last entries that say that a head was anchored
    restarted: tuple[int, ...]  # entries from which lines count anew, though nobody has accepted a loss


def prove_audit(connection: Connection, anchored: Iterable[tuple[int, int, str]], *, keep: int = 8) -> AuditProof:
    """The audit from its first entry to its last, held against the heads that were anchored.

    anchored: (line, count, hash) in the order of their counts.
    """
    waiting = _Anchored(anchored)
    waiting.reach(0, "")
    previous, count, bad, anchors = "", 0, None, list[tuple[int, str]]()
    line, restarted = 0, list[int]()
    for row in connection.execution_options(yield_per=_CHUNK).execute(select(audit).order_by(audit.c.id)):
        if bad is None and (row.id, row.previous) != (count + 1, previous):
            bad = Bad("", row.id, f"{count + 1} {previous}", f"{row.id} {row.previous}")
        previous, count = audit_hash(row._asdict()), row.id
        waiting.reach(count, previous)
        if row.act == ACCEPTED:
            anchors, line = [], 0
        if row.act == "anchor" and row.subject.isdigit():
            restarted += [row.id] if int(row.subject) < line else []
            anchors, line = [*anchors, (row.id, row.subject)][-keep:], int(row.subject)
    reserved = (connection.scalar(select(series.c.next).where(series.c.name == "audit")) or 1) - 1
    if bad is None and reserved != count:
        bad = Bad("", count, str(reserved), str(count))
    return AuditProof(count, bad, waiting.missed(), tuple(anchors), tuple(restarted))


class _Anchored:
    """Anchored heads that the audit must pass, in the order of their counts."""

    def __init__(self, anchored: Iterable[tuple[int, int, str]]) -> None:
        self._anchored: Iterator[tuple[int, int, str]] = iter(anchored)
        self._next = next(self._anchored, None)
        self._lost: list[int] = []

    def reach(self, count: int, head: str) -> None:
        while self._next and self._next[1] <= count:
            line, at, anchored = self._next
            if (at, anchored) != (count, head):
                self._lost.append(line)
            self._next = next(self._anchored, None)

    def missed(self) -> tuple[int, ...]:
        """Lines whose head is not in the audit; the rest of them lie behind its end."""
        rest = [] if self._next is None else [self._next[0], *(line for line, *_ in self._anchored)]
        return (*self._lost, *rest)


def changed_bodies(connection: Connection) -> Iterator[tuple[str, str]]:
    """(sha256 as kept, as it is) of every byte string that is not what it was; one that was purged is empty."""
    chosen = select(body.c.sha256, body.c.bytes).where(func.length(body.c.bytes) > 0)
    for sha256, data in connection.execution_options(yield_per=16).execute(chosen):
        if (found := hashlib.sha256(data).hexdigest()) != sha256:
            yield sha256, found
