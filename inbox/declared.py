"""Declared already: when customs refuses something as a repeat, the first one's outcome and number stand.

Real systems refuse a message whose receipt was lost and which is sent again: `已经申报过，请勿重复申报`, `与系统已有记录【…】的
对应字段重复` (real-messages 6). That is no failure of the document: customs has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inbox.errors import NotReconciled
from ledger.rows import DocumentRow
from mappings.element import Field
from mappings.kind import Group, Kind
from parcel.replies import declared_before, named

_OURS = frozenset({"S", "D", "SS", "SF"})  # states in which customs has not answered yet, or not as far as we know


def outcome(record: Mapping[str, Any], document: DocumentRow, kind: Kind, carrier: Group) -> tuple[str, dict[str, str]]:
    """The code that a record means, and the facts that it brings beside its own. carrier: the group of the records.

    Raises NotReconciled RCP_REPEATED for a refusal as a repeat from which nobody can tell what the first one became.
    """
    status, sentence = str(record["status"]), str(record.get("sentence", ""))
    if status != kind.moods.get("refuse") or not declared_before(status, sentence):
        return status, {}
    if document.state not in _OURS and document.state != status:
        return document.state, {}  # its outcome is known here: customs says again what is so
    number = str(record.get("customs_no") or document.customs_no) or _told(sentence, carrier)
    if not number or not kind.happy:
        raise NotReconciled("RCP_REPEATED", number=document.number, sentence=sentence)
    return kind.happy[0], {"customs_no": number}


def _told(sentence: str, carrier: Group) -> str:
    """The customs number that a sentence names, by the grammar that such numbers have."""
    field = next((part for part in carrier.parts if isinstance(part, Field) and part.id == "customs_no"), None)
    grammar = field.element.grammar if field else None
    return next((text for text in named(sentence) if grammar and grammar.read.fullmatch(text)), "")
