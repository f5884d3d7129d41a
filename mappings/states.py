"""State is a fold: a document's state is computed from the set of its events, whatever order they came in.

A history is a chain of turns. A turn opens with an act of the enterprise (submission, confirmation, …) and holds the
messages which that act sent: first the transport's outcome, of which there is one, then the business events that echo
its messages, by customs' stated time. Events that echo nothing join the last turn that they can belong to. The same
event twice is one event; an event that no move permits is kept and shown as an anomaly, never applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum


class What(StrEnum):
    """The three sorts of events that move a document."""

    ACT = "act"  # by the enterprise, recorded here, in the order in which it was done
    TRANSPORT = "transport"  # SS or SF, from technical answers or the channel itself
    BUSINESS = "business"  # a record of customs


class By(StrEnum):
    """Who causes a move."""

    ENTERPRISE = "enterprise"
    GATEWAY = "gateway"
    CUSTOMS = "customs"


class Verdict(StrEnum):
    """What the fold made of an event."""

    APPLIED = "applied"
    SKIPPED = "skipped"  # applied over a lost earlier receipt: "earlier receipt missing"
    RESTATED = "restated"  # customs says again what is so already
    SUPERSEDED = "superseded"  # a transport answer that a later one of the same turn replaces
    ANOMALY = "anomaly"  # no move permits it: kept, shown, never applied


@dataclass(frozen=True, slots=True)
class Event:
    """One fact about a document, as recorded.

    id: the ledger's name for it. seq: the order of recording, which orders acts only.
    code: the act's word, or the code of the state that it leads to.
    stated_at: 17 digits, Beijing time: customs' clock for answers, ours for acts.
    message: for an act the CopMsgId that it sent, for answers the CopMsgId that they echo ("" for none).
    answers: for an act the id of the customs event that it answers ("" for the first).
    """

    id: str
    what: What
    code: str
    stated_at: str
    seq: int = 0
    receipt_no: str = ""
    message: str = ""
    answers: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes two arrivals one event."""
        if self.what is What.ACT:
            return (self.what, self.id)
        return (self.what, self.message, self.code, self.receipt_no, self.stated_at)


@dataclass(frozen=True, slots=True)
class State:
    """A state of the manual, and how long a document may stay in it (our policy; None: no limit).

    since_opened: that counts from the document's first event, so that nothing done in between puts it off.
    """

    code: str
    zh: str
    en: str
    permits: frozenset[str] = frozenset()
    final: bool = False
    within: timedelta | None = None
    since_opened: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    on: str
    source: str
    to: str
    by: By
    skips: bool = False


@dataclass(frozen=True, slots=True)
class Machine:
    """The states of a kind and its moves, one move at most for a state and an event.

    counts: a fact for the number of acts of these words that counted. sums: a fact for the sum of another over them.
    beside: machines that the same events drive by a fact that they bring, each by the name of that fact.
    """

    start: str
    states: Mapping[str, State]
    moves: Mapping[tuple[str, str], Move]
    counts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sums: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, Machine] = field(default_factory=dict)

    def move(self, state: str, on: str, what: What) -> Move | None:
        found = self.moves.get((state, on))
        return found if found and found.by is _CAUSED_BY[what] else None

    def due_within(self, span: timedelta) -> Machine:
        """The same with another limit for what must be done since a document was opened."""
        states = {c: replace(s, within=span) if s.since_opened and s.within else s for c, s in self.states.items()}
        return replace(self, states=states)

    @property
    def codes(self) -> frozenset[str]:
        """The codes of its states, and of those of the machines beside it."""
        return frozenset(self.states).union(*(other.codes for other in self.beside.values()))

    def permits(self, state: str, action: str) -> bool:
        return action in self.states[state].permits

    @property
    def acts(self) -> frozenset[str]:
        return frozenset(move.on for move in self.moves.values() if move.by is By.ENTERPRISE)


_CAUSED_BY = {What.ACT: By.ENTERPRISE, What.TRANSPORT: By.GATEWAY, What.BUSINESS: By.CUSTOMS}


@dataclass(frozen=True, slots=True)
class Step:
    """One event in the fold's order, with the states around it."""

    event: Event
    source: str
    to: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Folded:
    """The end of a history. since: stated time of the event that led here ("" at the start).

    answered: id of the last event of customs or transport, which the enterprise's next act answers.
    beside: the ends of the machines beside, by their fact.
    """

    state: str
    since: str
    steps: tuple[Step, ...]
    facts: Mapping[str, str]
    answered: str
    beside: Mapping[str, Folded] = field(default_factory=dict)

    @property
    def anomalies(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.verdict is Verdict.ANOMALY)


def fold(machine: Machine, events: Iterable[Event]) -> Folded:
    """The state that a set of events ends in. Pure; the order and the repeats of `events` do not matter."""
    state, since, facts, steps = machine.start, "", dict[str, str](), list[Step]()
    once = _once(events)
    for turn in _turns(once):
        for event in turn.events():
            to, verdict = _step(machine, state, event)
            steps.append(Step(event, state, to, verdict))
            if verdict in (Verdict.APPLIED, Verdict.SKIPPED):
                state, since = to, event.stated_at
            elif verdict is Verdict.RESTATED and not since:
                since = event.stated_at  # where customs opens a document in the state that it begins in
            if verdict is not Verdict.ANOMALY:
                facts.update(event.facts)
        steps.extend(Step(event, state, state, Verdict.SUPERSEDED) for event in turn.superseded)
    answered = next(
        (s.event.id for s in reversed(steps) if s.event.what is not What.ACT and s.verdict is not Verdict.SUPERSEDED),
        "",
    )
    beside = {name: _folded_beside(other, name, once) for name, other in machine.beside.items()}
    facts |= {name: other.state if other.since else "" for name, other in beside.items()}
    facts = {name: value for name, value in facts.items() if value}  # what is said to be nothing is nothing
    return Folded(state, since, tuple(steps), {**facts, **_counted(machine, steps)}, answered, beside)


def _folded_beside(machine: Machine, name: str, events: Iterable[Event]) -> Folded:
    """What customs' events say of another matter, by customs' clock alone: no act opens a turn of it."""
    told = (event for event in events if event.what is What.BUSINESS and name in event.facts)
    return fold(machine, [replace(event, code=event.facts[name], message="") for event in told])


def _counted(machine: Machine, steps: Sequence[Step]) -> dict[str, str]:
    """Counts and sums over the acts that counted; what is nothing is left out."""
    acts = [s.event for s in steps if s.event.what is What.ACT and s.verdict is Verdict.APPLIED]
    found = {name: sum(act.code in codes for act in acts) for name, codes in machine.counts.items()}
    found |= {name: sum(int(act.facts.get(of) or 0) for act in acts) for name, of in machine.sums.items()}
    return {name: str(number) for name, number in found.items() if number}


def _step(machine: Machine, state: str, event: Event) -> tuple[str, Verdict]:
    move = machine.move(state, event.code, event.what)
    if move:
        return move.to, Verdict.SKIPPED if move.skips else Verdict.APPLIED
    if event.what is What.TRANSPORT:
        return state, Verdict.SUPERSEDED  # customs has said more of this message than the road could
    return state, Verdict.RESTATED if event.code == state else Verdict.ANOMALY


@dataclass(slots=True)
class _Turn:
    act: Event | None
    answered_at: str
    transport: list[Event] = field(default_factory=list)
    business: list[Event] = field(default_factory=list)

    def events(self) -> Iterable[Event]:
        if self.act:
            yield self.act
        if self.transport:
            yield max(self.transport, key=_by_clock)
        yield from sorted(self.business, key=_by_clock)

    @property
    def superseded(self) -> Sequence[Event]:
        return sorted(self.transport, key=_by_clock)[:-1]


def _by_clock(event: Event) -> tuple[str, str, str]:
    return (event.stated_at, event.receipt_no, event.code)


def _once(events: Iterable[Event]) -> list[Event]:
    first: dict[tuple[str, ...], Event] = {}
    for event in sorted(events, key=lambda e: (e.seq, e.id)):
        first.setdefault(event.identity, event)
    return list(first.values())


def _turns(events: Sequence[Event]) -> list[_Turn]:
    """The turns in the order of their acts, each with what belongs to it."""
    stated = {event.id: event.stated_at for event in events}
    turns = [_Turn(None, "")]  # what customs opened by itself stands before any act
    by_message: dict[str, _Turn] = {}
    for event in events:
        if event.what is What.ACT:
            turns.append(_Turn(event, stated.get(event.answers, "")))
            if event.message:
                by_message.setdefault(event.message, turns[-1])
    answered_in = {
        turn.act.answers: index for index, turn in reversed(list(enumerate(turns))) if turn.act and turn.act.answers
    }
    for event in events:
        if event.what is not What.ACT:
            turn = by_message.get(event.message) or _last_possible(turns[: answered_in.get(event.id)], event)
            (turn.transport if event.what is What.TRANSPORT else turn.business).append(event)
    return turns


def _last_possible(turns: Sequence[_Turn], event: Event) -> _Turn:
    """The last turn whose answered event is not later than this one. `turns` end before the act that answers it."""
    return next(turn for turn in reversed(turns) if turn.answered_at <= event.stated_at)
