"""Reconciling: from opened files to events of documents, in one settlement for each file.

A technical answer gives one event to every document that its message carries; a business record gives one event to
the document whose number it names. What names nothing that we know waits for it, and changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from inbox.declared import outcome
from inbox.errors import NotReconciled
from inbox.open import Business, Opened, Technical, Unusable
from ledger import Ledger
from ledger.rows import (
    Attached,
    DocumentChange,
    DocumentRow,
    InMessage,
    NewEvent,
    Number,
    Sent,
    Settlement,
    Stated,
    StatedLine,
)
from mappings.attaching import GROUP
from mappings.faults import Disposition, Refused
from mappings.kind import Becomes, Below, Field, Group, Kind
from mappings.load import Contract
from mappings.numbers import formed
from mappings.standing import OTHERWISE, otherwise
from mappings.states import What

_OF_RECEIPT = frozenset({"cop_msg_id", "message_type", "number", "receipt_no", "status", "sentence", "stated_at"})
NOTE = "note"  # a code of the table of faults that says what is odd about a document
_STATUS = {
    Disposition.QUARANTINE: "quarantined",
    Disposition.HOLD: "held",
    Disposition.WAIT: "waiting",
    Disposition.RETRY: "held",
    Disposition.REFUSE: "quarantined",
    Disposition.DUPLICATE: "understood",
    Disposition.WARN: "understood",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger knows of everything that a batch of files speaks of."""

    documents: Mapping[str, Sequence[DocumentRow]]
    messages: Mapping[str, Sent]
    files: Mapping[str, Sent]
    enterprises: Mapping[str, int]  # node -> enterprise id
    about: Sequence[DocumentRow] = ()  # those about the business that what customs opens is about


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


def settlements(opened: Sequence[Opened], *, ledger: Ledger, contract: Contract) -> list[Settlement]:
    """One settlement for each opened file, in order; what is not understood keeps its reason."""
    known = _known(opened, ledger)
    return [_settlement(item, known, contract) for item in opened]


def _known(opened: Sequence[Opened], ledger: Ledger) -> Known:
    records = [record for item in opened if isinstance(item, Business) for record in _records(item)]
    above = [
        (str(data[0].get(below.of, "")), str(data[0].get(below.same, "")))
        for item in opened
        if isinstance(item, Business) and (below := item.parcel.needs_kind().below)
        for record in _records(item)
        if (data := _data(record, item))
    ]
    named = {record["number"] for record in records} | {number for number, _ in above if number}
    return Known(
        documents=ledger.find(sorted(named | {item.arrival.wants for item in opened})),
        about=ledger.about(sorted({same for _, same in above if same})) if above else (),
        messages=ledger.messages_sent(sorted({r["cop_msg_id"] for r in records if "cop_msg_id" in r})),
        files=ledger.messages_named(
            sorted({name for item in opened if isinstance(item, Technical) for name in item.out_names})
        ),
        enterprises={tenant.node_id: tenant.id for tenant in ledger.enterprises()},
    )


def _records(item: Business) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = item.parcel.content.get("records") or ()
    return found


def _settlement(item: Opened, known: Known, contract: Contract) -> Settlement:
    if isinstance(item, Unusable):
        return _kept(item.arrival.id, item.reason)
    if isinstance(item, Technical):
        return _technical(item, known)
    return _business(item, known, contract)


def _kept(arrival_id: int, reason: Refused, message: InMessage | None = None) -> Settlement:
    wants = str(reason.evidence.get("wants", "")) if isinstance(reason, NotReconciled) else ""
    return Settlement(arrival_id, _STATUS[reason.kind.disposition], reason.reason, message, (), (), wants)


def _technical(item: Technical, known: Known) -> Settlement:
    sent = next((known.files[name] for name in item.out_names if name in known.files), None)
    if sent is None:
        return _kept(item.arrival.id, NotReconciled("RCP_ORPHAN", number=item.out_names[0]))
    events = tuple(
        NewEvent(
            sent.enterprise_id,
            number,
            What.TRANSPORT,
            item.code,
            item.stated_at,
            "",
            sent.cop_msg_id,
            {},
            item.sentence,
        )
        for number in sent.numbers
    )
    return Settlement(item.arrival.id, "understood", "", None, events, (), of=sent.enterprise_id)


def _business(item: Business, known: Known, contract: Contract) -> Settlement:
    """All records that fit are applied, also where another of the same file waits for its document."""
    message, of = _message(item), known.enterprises.get(item.parcel.receiver)
    if item.parcel.needs_kind().becomes is Becomes.STATEMENT:
        return Settlement(item.arrival.id, "understood", "", message, stated=_stated(item, known), of=of)
    events: list[NewEvent] = []
    opens: list[tuple[int, DocumentChange]] = []
    files: list[tuple[Number, Attached]] = []
    reason: NotReconciled | None = None
    for record in _records(item):
        try:
            carrier = item.parcel.needs_kind()
            document = _unsent(record, item, known) or _document(record, item, known)
            events.append(_event(record, document, carrier, contract))
            if isinstance(document, Unsent) or carrier.whole:
                opens.append((document.enterprise_id, _told(record, document, item)))
            files += [((document.enterprise_id, document.number), each) for each in _attached(record, item)]
            for change, event in _opened(record, document, carrier, contract):
                opens += [(document.enterprise_id, change)] if change else []
                events.append(event)
        except NotReconciled as lost:
            reason = reason or lost
    kept = Settlement(item.arrival.id, "understood") if reason is None else _kept(item.arrival.id, reason)
    return replace(kept, message=message, events=tuple(events), opens=tuple(opens), of=of, attached=tuple(files))


def _attached(record: Mapping[str, Any], item: Business) -> Iterator[Attached]:
    """The files that a record lists, for itself or for what stands inside it."""
    there = {each.name: each for each in item.parcel.attachments}
    for listed in _listed(record):
        file = there[str(listed["file_name"])]
        yield Attached(str(listed.get("class_code", "")), file.name, int(listed["page_count"]), file.sha256, file.data)


def _listed(values: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for name, inner in values.items():
        if isinstance(inner, list):
            yield from inner if name == GROUP else (found for each in inner for found in _listed(each))


def _stated(item: Business, known: Known) -> Stated:
    """A page of customs' account of a day, for the enterprise that it is addressed to."""
    content = item.parcel.content
    return Stated(
        enterprise_id=known.enterprises[item.parcel.receiver],
        date=str(content["statement_date"]).replace("-", ""),
        page=int(content["page"]),
        pages=int(content["pages"]),
        through=str(content["through"]),
        lines=tuple(_stated_line(line) for line in content.get("lines") or ()),
    )


def _stated_line(line: Mapping[str, Any]) -> StatedLine:
    said = {name: str(line.get(name, "")) for name in ("number", "customs_no", "certificate_no", "stated_at")}
    return StatedLine(**said, type=str(line.get("message_type", "")), state=str(line["status"]))


def _message(item: Business) -> InMessage:
    parcel, kind = item.parcel, item.parcel.needs_kind()
    stated = max((str(record["stated_at"]) for record in _records(item)), default="")
    return InMessage(
        parcel.cop_msg_id, parcel.sender, kind.name, kind.version, item.arrival.name, stated, parcel.signer
    )


def _unsent(record: Mapping[str, Any], item: Business, known: Known) -> Unsent | None:
    """A document that customs opens by itself: its kind may, it answers nothing of ours, and it brings the data."""
    carrier, number = item.parcel.needs_kind(), str(record["number"])
    group = _carried(_group(carrier))
    enterprise = known.enterprises.get(item.parcel.receiver)
    data = _data(record, item)
    if not carrier.opens or not group or not group.kind or not data or enterprise is None:
        return None
    there = known.documents.get(number, ())
    if group.kind.number_form:  # the consignee of a declaration and its declarant are both told of what customs numbers
        if (named := formed(group.kind, data[0])) != number:
            raise NotReconciled("RCP_NUMBER", number=number, found=named)
        there = [row for row in there if row.enterprise_id == enterprise]
    if there or record.get("cop_msg_id") or item.arrival.wants:
        return None
    facts, parent = _plain(group.kind, data[0]), ""
    if carrier.below:
        parent = _above(carrier.below, data[0], enterprise, known)
        facts |= {} if parent else {NOTE: carrier.below.without}
    # what customs numbers, nobody else declares: all that is known of it came with its opening
    whole = json.dumps(data[0], ensure_ascii=False, sort_keys=True) if group.kind.number_form else ""
    return Unsent(enterprise, number, group.kind, facts, whole, parent)


def _data(record: Mapping[str, Any], item: Business) -> Sequence[Mapping[str, Any]]:
    """What a record brings of a document, where its kind brings one."""
    group = _carried(_group(item.parcel.needs_kind()))
    found: Sequence[Mapping[str, Any]] = (record.get(group.name) if group else None) or ()
    return found


def _above(below: Below, data: Mapping[str, Any], enterprise: int, known: Known) -> str:
    """The document of ours that one which customs opens belongs to: the one that it names, else the latest about the same
    business. "" for none."""
    rows = [*known.about, *known.documents.get(str(data.get(below.of, "")), ())]
    own = [row for row in rows if row.enterprise_id == enterprise and row.kind == below.kind]
    return own[-1].number if own else ""


def _told(record: Mapping[str, Any], document: DocumentRow | Unsent, item: Business) -> DocumentChange:
    """A document that customs opens, or what is said of it anew, which is all that there is to know."""
    group, data = _carried(_group(item.parcel.needs_kind())), _data(record, item)
    if isinstance(document, Unsent):
        return document.change
    assert group is not None and group.kind is not None
    given = json.dumps(data[0], ensure_ascii=False, sort_keys=True)
    return DocumentChange(document.number, document.kind, document.version, given, _plain(group.kind, data[0]), None)


def _carried(group: Group) -> Group | None:
    return next((part for part in group.parts if isinstance(part, Group) and part.kind), None)


def _plain(kind: Kind, item: Mapping[str, Any]) -> dict[str, str]:
    """The single fields of a document as customs has it."""
    return {f.id: str(item[f.id]) for f in kind.shape(item) if isinstance(f, Field) and item.get(f.id) is not None}


def _document(record: Mapping[str, Any], item: Business, known: Known) -> DocumentRow:
    """The document that a record names, which must be of the enterprise that the message is addressed to."""
    number, matched = str(record["number"]), item.arrival.wants
    enterprise = known.enterprises.get(item.parcel.receiver)
    rows = known.documents.get(number, ())
    if not rows and matched != number:  # a person has said which document is meant
        rows = known.documents.get(matched, ())
    own = next((row for row in rows if row.enterprise_id == enterprise), None)
    if own is not None and own.number == matched != number:
        return own
    if own is None and rows:
        raise NotReconciled("RCP_TENANT", number=number)
    if own is None:
        raise NotReconciled("RCP_ORPHAN", number=number, wants=number)  # read again when there is such a document
    echoed = str(record.get("cop_msg_id", ""))
    sent = known.messages.get(echoed)
    if echoed and (sent is None or sent.enterprise_id != enterprise):  # it answers a message that we never sent
        raise NotReconciled("RCP_ORPHAN", number=number)
    return own


def _event(record: Mapping[str, Any], document: DocumentRow | Unsent, carrier: Kind, contract: Contract) -> NewEvent:
    kind = contract.kinds[document.kind]
    status = str(record["status"])
    if status not in kind.needs_machine().states:
        raise NotReconciled("RCP_CODE", number=document.number, found=status)
    found: dict[str, str] = {}
    if isinstance(document, DocumentRow):
        status, found = outcome(record, document, kind, _group(carrier))
    return NewEvent(
        enterprise_id=document.enterprise_id,
        number=document.number,
        what=What.BUSINESS,
        code=status,
        stated_at=str(record["stated_at"]),
        receipt_no=str(record["receipt_no"]),
        message=str(record.get("cop_msg_id", "")),
        facts={**_facts(record, _group(carrier)), **_changed(record, document, carrier), **found},
        sentence=str(record.get("sentence", "")),
    )


def _changed(record: Mapping[str, Any], document: DocumentRow | Unsent, carrier: Kind) -> dict[str, str]:
    """What customs has otherwise than it was declared; so a document is known as it stands after a modification."""
    group = _carried(_group(carrier))
    if carrier.whole or group is None or group.kind is None or not record.get(group.name):
        return {}
    given = json.loads(document.declaration or "{}")
    return {OTHERWISE: otherwise(group.kind, given.get("content", given), record[group.name][0])}


def _group(carrier: Kind) -> Group:
    return next(group for group in carrier.groups if group.name == "records")


def _facts(record: Mapping[str, Any], group: Group) -> dict[str, str]:
    """What a record says beyond the receipt itself: numbers that it assigns, counts that it brings."""
    ids = [part.id for part in group.parts if isinstance(part, Field) and part.id not in _OF_RECEIPT]
    return {name: str(record[name]) for name in ids if name in record}


def _opened(
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
