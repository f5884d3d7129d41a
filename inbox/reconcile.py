"""Reconciling: from opened files to events of documents, in one settlement for each file.

A technical answer gives one event to every document that its message carries; a business record gives one event to
the document whose number it names. What names nothing that we know waits for it, and changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from inbox.declared import outcome
from inbox.errors import NotReconciled
from inbox.known import Known, known_of
from inbox.open import Business, Opened, Technical, Unusable
from inbox.opening import Unsent, opened_each, told, unsent
from inbox.record import attached, carried, facts_of, records
from ledger import Ledger
from ledger.rows import (
    Attached,
    DocumentChange,
    DocumentRow,
    InMessage,
    NewEvent,
    Number,
    Settlement,
    Stated,
    StatedLine,
)
from mappings.faults import Disposition, Refused
from mappings.kind import Becomes, Kind
from mappings.load import Contract
from mappings.standing import OTHERWISE, otherwise
from mappings.states import What

_STATUS = {
    Disposition.QUARANTINE: "quarantined",
    Disposition.HOLD: "held",
    Disposition.WAIT: "waiting",
    Disposition.RETRY: "held",
    Disposition.REFUSE: "quarantined",
    Disposition.DUPLICATE: "understood",
    Disposition.WARN: "understood",
}


def settlements(opened: Sequence[Opened], *, ledger: Ledger, contract: Contract) -> list[Settlement]:
    """One settlement for each opened file, in order; what is not understood keeps its reason."""
    known = known_of(opened, ledger)
    return [_settlement(item, known, contract) for item in opened]


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
    for record in records(item):
        try:
            carrier = item.parcel.needs_kind()
            document = unsent(record, item, known) or _document(record, item, known)
            events.append(_event(record, document, carrier, contract))
            if isinstance(document, Unsent) or carrier.whole:
                opens.append((document.enterprise_id, told(record, document, item)))
            files += [((document.enterprise_id, document.number), each) for each in attached(record, item)]
            for change, event in opened_each(record, document, carrier, contract):
                opens += [(document.enterprise_id, change)] if change else []
                events.append(event)
        except NotReconciled as lost:
            reason = reason or lost
    kept = Settlement(item.arrival.id, "understood") if reason is None else _kept(item.arrival.id, reason)
    return replace(kept, message=message, events=tuple(events), opens=tuple(opens), of=of, attached=tuple(files))


def _message(item: Business) -> InMessage:
    parcel, kind = item.parcel, item.parcel.needs_kind()
    stated = max((str(record["stated_at"]) for record in records(item)), default="")
    return InMessage(
        parcel.cop_msg_id, parcel.sender, kind.name, kind.version, item.arrival.name, stated, parcel.signer
    )


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
        status, found = outcome(record, document, kind, carrier.needs_records())
    return NewEvent(
        enterprise_id=document.enterprise_id,
        number=document.number,
        what=What.BUSINESS,
        code=status,
        stated_at=str(record["stated_at"]),
        receipt_no=str(record["receipt_no"]),
        message=str(record.get("cop_msg_id", "")),
        facts={**facts_of(record, carrier.needs_records()), **_changed(record, document, carrier), **found},
        sentence=str(record.get("sentence", "")),
    )


def _changed(record: Mapping[str, Any], document: DocumentRow | Unsent, carrier: Kind) -> dict[str, str]:
    """What customs has otherwise than it was declared; so a document is known as it stands after a modification."""
    group = carried(carrier.needs_records())
    if carrier.whole or group is None or group.kind is None or not record.get(group.name):
        return {}
    given = json.loads(document.declaration or "{}")
    declared, told = given.get("content", given), record[group.name][0]
    return {OTHERWISE: otherwise(group.kind, declared, told, whole=carrier.opens)}


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
