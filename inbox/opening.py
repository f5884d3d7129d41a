"""What customs opens: documents that nobody here has sent, and those that are told of inside a record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inbox.errors import NotReconciled
from inbox.known import Known
from inbox.open import Business
from inbox.record import carried, data_of, plain
from ledger.rows import DocumentChange, DocumentRow, NewEvent
from mappings.kind import Below, Kind
from mappings.load import Contract
from mappings.numbers import formed
from mappings.states import What

NOTE = "note"  # a code of the table of faults that says what is odd about a document


@dataclass(frozen=True, slots=True)
class Unsent:
    """A document that customs has opened and that is not in the ledger yet. facts: what its message says of it."""

    enterprise_id: int
    number: str
    life: Kind
    facts: Mapping[str, str]
    declaration: str = ""
    parent: str = ""

    @property
    def kind(self) -> str:
        return self.life.name

    @property
    def change(self) -> DocumentChange:
        about = self.facts.get(self.life.about, "")
        return DocumentChange(
            self.number,
            self.kind,
            self.life.version,
            self.declaration,
            self.facts,
            None,
            parent=self.parent,
            about=about,
        )


def unsent(record: Mapping[str, Any], item: Business, known: Known) -> Unsent | None:
    """A document that customs opens by itself: its kind may, it answers nothing of ours, and it brings the data."""
    carrier, number = item.parcel.needs_kind(), str(record["number"])
    group = carried(carrier.needs_records())
    enterprise = known.enterprises.get(item.parcel.receiver)
    data = data_of(record, item)
    if not carrier.opens or not group or not group.kind or not data or enterprise is None:
        return None
    there = known.documents.get(number, ())
    if group.kind.number_form:  # the consignee of a declaration and its declarant are both told of what customs numbers
        if (named := formed(group.kind, data[0])) != number:
            raise NotReconciled("RCP_NUMBER", number=number, found=named)
        there = [row for row in there if row.enterprise_id == enterprise]
    if there or record.get("cop_msg_id") or item.arrival.wants:
        return None
    facts, parent = plain(group.kind, data[0]), ""
    if carrier.below:
        parent = _above(carrier.below, data[0], enterprise, known)
        facts |= {} if parent else {NOTE: carrier.below.without}
    # what customs numbers, nobody else declares: all that is known of it came with its opening
    whole = json.dumps(data[0], ensure_ascii=False, sort_keys=True) if group.kind.number_form else ""
    return Unsent(enterprise, number, group.kind, facts, whole, parent)


def _above(below: Below, data: Mapping[str, Any], enterprise: int, known: Known) -> str:
    """The document of ours that one which customs opens belongs to: the one that it names, else the latest about the same
    business. "" for none."""
    rows = [*known.about, *known.documents.get(str(data.get(below.of, "")), ())]
    own = [row for row in rows if row.enterprise_id == enterprise and row.kind == below.kind]
    return own[-1].number if own else ""


def told(record: Mapping[str, Any], document: DocumentRow | Unsent, item: Business) -> DocumentChange:
    """A document that customs opens, or what is said of it anew, which is all that there is to know."""
    group, data = carried(item.parcel.needs_kind().needs_records()), data_of(record, item)
    if isinstance(document, Unsent):
        return document.change
    assert group is not None and group.kind is not None
    given = json.dumps(data[0], ensure_ascii=False, sort_keys=True)
    return DocumentChange(document.number, document.kind, document.version, given, plain(group.kind, data[0]), None)


def opened_each(
    record: Mapping[str, Any], document: DocumentRow | Unsent, carrier: Kind, contract: Contract
) -> Iterator[tuple[DocumentChange | None, NewEvent]]:
    """The documents that a record opens, such as the blank forms that were handed out, each with its first event.

    Where it opens none, but tells those that there are, an event alone.
    """
    opens = carrier.opens_each
    if opens is None:
        return
    kind = contract.kinds[opens.kind]
    for values, item in _items(record, opens.group[1:], {}):
        number, state = formed(kind, values), str(values.get(opens.state_field, opens.state))
        if state not in kind.needs_machine().states:
            raise NotReconciled("RCP_CODE", number=number, found=state)
        facts = {name: str(value) for name, value in values.items()}
        given = json.dumps(item, ensure_ascii=False, sort_keys=True) if opens.whole else ""
        parent = "" if opens.whole else document.number
        about = facts.get(kind.about, "")
        change = DocumentChange(number, kind.name, kind.version, given, facts, None, parent=parent, about=about)
        yield (
            None if opens.known else change,
            NewEvent(
                document.enterprise_id, number, What.BUSINESS, state, str(record["stated_at"]),
                f"{record['receipt_no']}:{number}", str(record.get("cop_msg_id", "")) if opens.known else "", {}, "",
            ),
        )  # fmt: skip


def _items(
    item: Mapping[str, Any], path: Sequence[str], around: Mapping[str, Any]
) -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
    """Every item of a nested group: its plain fields with those of the groups around it, and the item as it is."""
    if not path:
        yield dict(around), item
        return
    for inner in item.get(path[0]) or ():
        yield from _items(inner, path[1:], {**around, **{k: v for k, v in inner.items() if not isinstance(v, list)}})
