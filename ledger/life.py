"""One document and its history: where events are appended and chained, and the fold's end is cached."""

from __future__ import annotations

import json
from functools import cached_property

from ledger.chain import event_hash, read_event
from ledger.rows import DocumentChange
from ledger.statements import Values, as_json
from mappings.clock import MICROSECOND, micros
from mappings.states import Event, Folded, Machine, What, fold

FOLDED = (
    "state",
    "since",
    "due_at",
    "facts",
    "customs_no",
    "certificate_no",
    "validity",
)  # the columns that the fold sets


class Life:
    """One document: its columns (`id` is missing while it is new), its machine, its events.

    before, was: the state and the validity in which it was read, "" for none yet. grown, declared: rows of `event` and
    `declaration` that were added, without their document's id. revised: columns changed by hand.
    """

    def __init__(self, columns: Values, machine: Machine, events: list[Event]) -> None:
        self.columns = columns
        self.machine = machine
        self.events = events
        self.grown: list[Values] = []
        self.declared: list[Values] = []
        self.revised = False
        self.before = str(columns["state"]) if "id" in columns else ""
        self.was = str(columns["validity"]) if "id" in columns else ""

    @property
    def number(self) -> str:
        return str(self.columns["number"])

    @property
    def state(self) -> str:
        return str(self.columns["state"])

    @property
    def is_new(self) -> bool:
        return "id" not in self.columns

    @cached_property
    def _identities(self) -> set[tuple[str, ...]]:
        return {event.identity for event in self.events}

    @property
    def turned(self) -> bool:
        """Whether anything that people are told of has changed since it was read: state, or validity once it is issued."""
        return self.state != self.before or (not self.is_new and self.columns["validity"] != self.was)

    def topic(self, state: str) -> str:
        """What a document in a state is counted under."""
        return f"{self.columns['kind']} {state}"

    def folded(self) -> Folded:
        return fold(self.machine, self.events)

    @cached_property
    def end(self) -> Folded:
        """The fold after all that was added; asked only when nothing more will be."""
        return self.folded()

    def revise(self, change: DocumentChange) -> None:
        """Take a declaration's content and facts; what it leaves empty stays."""
        given: Values = {}
        if change.declaration:
            revision = self.columns["revision"] + (not self.is_new)
            given |= {"version": change.version, "revision": revision}
            self.declared.append({"revision": revision, "given": change.declaration})
        if change.facts:
            given["added"] = as_json({**json.loads(self.columns["added"]), **change.facts})
        if change.parent:
            given["parent"] = change.parent
        if change.about:
            given["about"] = change.about
        self.columns |= given
        self.revised = self.revised or bool(given)

    def restate(self, change: DocumentChange, stated_at: str) -> None:
        """What customs says of a document that it opened: its next revision, unless something later is known."""
        if not change.declaration or any(event.stated_at > stated_at for event in self.events):
            return
        if self.is_new:
            self.declared.clear()
        self.revise(change)

    def add(self, row: Values) -> bool:
        """Append an event: columns of `event` but for seq, answers and previous; `content` for acts only. False: it is there already."""
        seq = self.columns["event_count"] + 1
        answers = self.folded().answered if row["what"] == What.ACT and self.events else ""
        found = read_event({**row, "seq": seq, "answers": int(answers or 0)})
        if found.identity in self._identities:
            return False
        grown = {"content": "", **row, "seq": seq, "answers": int(answers or 0), "previous": self.columns["head"]}
        self.columns["head"] = event_hash(self.number, grown)
        self.columns["event_count"] = seq
        self.events.append(found)
        self._identities.add(found.identity)
        self.grown.append(grown)
        return True

    def refold(self, now: int) -> bool:
        """Set the columns that cache the fold's end. True where one of them changed."""
        old = {name: self.columns.get(name) for name in FOLDED}
        self.__dict__.pop("end", None)
        folded = self.end
        facts = {**json.loads(self.columns["added"]), **folded.facts}
        self.columns |= {
            "state": folded.state,
            "since": folded.since,
            "due_at": _due_at(self.machine, folded, now),
            "facts": as_json(facts),
            "customs_no": facts.get("customs_no", ""),
            "certificate_no": facts.get("certificate_no", ""),
            "validity": folded.beside["validity"].state if "validity" in folded.beside else "",
        }
        return old != {name: self.columns[name] for name in FOLDED}


def _due_at(machine: Machine, folded: Folded, now: int) -> int | None:
    """When the state will have lasted too long. A stated time that is no time counts from now."""
    state = machine.states[folded.state]
    since = folded.steps[0].event.stated_at if state.since_opened and folded.steps else folded.since
    if state.within is None or not since:
        return None
    try:
        begun = micros(since)
    except ValueError:
        begun = now
    return begun + state.within // MICROSECOND
