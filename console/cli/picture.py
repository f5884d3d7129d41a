"""What the board shows: one look at a home, as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from channels.errors import ChannelError
from channels.views import Enterprise
from console.cli.channels import told
from console.cli.when import iso_or_empty
from gateway.home import Home
from ledger.rows import Counts, DocumentRow
from mappings.clock import MICROSECOND, moment
from signing.findings import findings

STAGES = ("ask", "seal", "deliver", "answer")
OPEN = ("new", "waiting", "held", "quarantined")
REASONS = 1000  # arrivals looked at for their reasons
WINDOWS = tuple(timedelta(seconds=s) for s in (10, 60, 600, 3600, 6 * 3600, 86400, 10 * 86400, 366 * 86400))


@dataclass(frozen=True, slots=True)
class Road:
    """One business folder of a channel. trouble: empty when it can be looked at."""

    name: str
    out: int
    inbox: int
    failed: int
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One document, as a line of a list."""

    number: str
    kind: str
    state: str
    zh: str
    en: str
    at: str
    due_at: str


@dataclass(frozen=True, slots=True)
class Stand:
    """How many documents of a kind stand in a state."""

    kind: str
    kind_zh: str
    kind_en: str
    state: str
    zh: str
    en: str
    count: int
    attention: bool


@dataclass(frozen=True, slots=True)
class Concern:
    """Something of the key folder that somebody should look at. level: notice | warning | alarm."""

    level: str
    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Picture:
    home: str
    node: str
    at: str
    roads: tuple[Road, ...]
    stages: dict[str, int]
    parked: int
    oldest: int | None  # s since the oldest outbox entry became due
    arrivals: dict[str, int]
    reasons: tuple[tuple[str, int], ...]
    stands: tuple[Stand, ...]
    overdue_count: int
    overdue: tuple[Line, ...]
    recent: tuple[Line, ...]
    keys: tuple[Concern, ...]
    conservation: dict[str, int] = field(default_factory=dict)  # files in: processed, quarantined, waiting
    channels: tuple[dict[str, Any], ...] = ()
    standings: dict[str, int] = field(default_factory=dict)  # of the queue: unconfirmed, replay, parked, dead

    def value(self) -> dict[str, Any]:
        return asdict(self)


def look(home: Home, *, lines: int, before: Picture | None = None) -> Picture:
    """`lines`: how many documents the lists hold. before: the last picture, whose list of changes stands while nothing changes."""
    now, counts = home.clock.now(), home.ledger.counts()
    known = {(stand.kind, stand.state): stand.count for stand in before.stands} if before else {}
    same = before.recent if before and known == {key: n for key, n in counts.documents.items() if n} else None
    return Picture(
        home=str(home.path),
        node=home.settings.node,
        at=iso_or_empty(now),
        roads=tuple(_road(name, view) for name, view in home.roads.items()),
        stages={stage: counts.stages.get(stage, 0) for stage in STAGES},
        parked=counts.parked,
        oldest=None if counts.oldest_due is None else max(0, (now - counts.oldest_due) // 1_000_000),
        arrivals={status: counts.arrivals.get(status, 0) for status in (*OPEN, "understood", "repeat", "discarded")},
        conservation=counts.conservation,
        channels=tuple(told(row, now) for row in home.ledger.channels(list(home.settings.channels))),
        standings=dict(counts.standings),
        reasons=tuple(_reasons(home, counts)),
        stands=tuple(_stands(home, counts)),
        overdue_count=counts.overdue,
        overdue=tuple(_line(home, row) for row in _overdue(home, counts, lines)),
        recent=same if same is not None else tuple(_line(home, row) for row in _recent(home, now, lines)),
        keys=tuple(
            Concern(each.level, each.refused.code, each.refused.zh, each.refused.en)
            for each in findings(home.keys, moment(now))
        ),
    )


def _road(name: str, view: Enterprise) -> Road:
    try:
        return Road(name, len(view.out.entries()), len(view.inbox.entries()), len(view.failbox.entries()))
    except ChannelError as error:
        return Road(name, 0, 0, 0, error.reason)


def _reasons(home: Home, counts: Counts) -> Iterator[tuple[str, int]]:
    """Why files are held or quarantined, by code, the most frequent first."""
    found: Counter[str] = Counter()
    for status in ("waiting", "held", "quarantined"):
        if counts.arrivals.get(status):
            rows = home.ledger.arrivals(status=status, limit=REASONS)
            found.update(row.reason.partition(":")[0] or status for row in rows)
    yield from found.most_common()


ATTENTION = frozenset({"submit", "confirm", "edit", "upload", "handle"})  # what the enterprise is waited for with


def _stands(home: Home, counts: Counts) -> Iterator[Stand]:
    """In the order of the contract: kinds that the enterprise declares first, states as their machine names them."""
    kinds = sorted(home.contract.kinds.values(), key=lambda kind: (not kind.type, kind.name))
    for kind in kinds:
        for state in kind.machine.states.values() if kind.machine else ():
            if count := counts.documents.get((kind.name, state.code), 0):
                attention = bool(state.permits & ATTENTION) and not state.final and state.code != "S"
                yield Stand(kind.name, kind.zh, kind.en, state.code, state.zh, state.en, count, attention)


def _overdue(home: Home, counts: Counts, lines: int) -> Sequence[DocumentRow]:
    if not counts.overdue:
        return ()
    rows = home.ledger.documents(overdue=True, limit=REASONS)
    return sorted(rows, key=lambda row: row.due_at or 0)[:lines]


def _recent(home: Home, now: int, lines: int) -> Sequence[DocumentRow]:
    """The last changes: looked for in a window that grows until it holds enough."""
    rows: Sequence[DocumentRow] = ()
    for window in WINDOWS:
        rows = home.ledger.documents(since=now - window // MICROSECOND)
        if len(rows) >= lines:
            break
    return sorted(rows, key=lambda row: (-row.updated_at, row.number))[:lines]


def _line(home: Home, row: DocumentRow) -> Line:
    state = home.contract.kinds[row.kind].needs_machine().states[row.state]
    return Line(
        row.number, row.kind, row.state, state.zh, state.en, iso_or_empty(row.updated_at), iso_or_empty(row.due_at)
    )
