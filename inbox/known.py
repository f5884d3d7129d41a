"""What the ledger knows of everything that a batch of files speaks of, asked once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inbox.open import Business, Opened, Technical
from inbox.record import data_of, records
from ledger import Ledger
from ledger.rows import DocumentRow, Sent


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger knows of everything that a batch of files speaks of."""

    documents: Mapping[str, Sequence[DocumentRow]]
    messages: Mapping[str, Sent]
    files: Mapping[str, Sent]
    enterprises: Mapping[str, int]  # node -> enterprise id
    about: Sequence[DocumentRow] = ()  # those about the business that what customs opens is about


def known_of(opened: Sequence[Opened], ledger: Ledger) -> Known:
    said = [record for item in opened if isinstance(item, Business) for record in records(item)]
    above = [
        (str(data[0].get(below.of, "")), str(data[0].get(below.same, "")))
        for item in opened
        if isinstance(item, Business) and (below := item.parcel.needs_kind().below)
        for record in records(item)
        if (data := data_of(record, item))
    ]
    named = {record["number"] for record in said} | {number for number, _ in above if number}
    return Known(
        documents=ledger.find(sorted(named | {item.arrival.wants for item in opened})),
        about=ledger.about(sorted({same for _, same in above if same})) if above else (),
        messages=ledger.messages_sent(sorted({r["cop_msg_id"] for r in said if "cop_msg_id" in r})),
        files=ledger.messages_named(
            sorted({name for item in opened if isinstance(item, Technical) for name in item.out_names})
        ),
        enterprises={tenant.node_id: tenant.id for tenant in ledger.enterprises()},
    )
