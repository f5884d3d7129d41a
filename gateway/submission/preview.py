"""A dry run to the end of what can be judged: the XML that would be sent, held against its schema by both judges."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.submission.draft import Draft, Outcome, refused, to_parcel
from mappings.faults import fault
from mappings.load import Contract
from parcel.way import PREVIEW, walk
from xsd.explain import Judges
from xsd.store import schema_source


def previewed(drafts: Mapping[int, Draft], *, contract: Contract, now: int) -> dict[int, Outcome]:
    """`ok`, or refused as a defect of ours: a declaration without faults must make a message without any.

    What is filled in from a fact that is not known here makes no message yet.
    """
    whole = {index: draft for index, draft in drafts.items() if draft.kind.certain <= draft.elsewhere.keys()}
    parcels = {index: to_parcel(draft, now, index, "") for index, draft in whole.items()}
    tools = {"contract": contract, "judges": Judges(schema_source(contract), both=True)}
    _, turned_away = walk(PREVIEW, list(parcels.values()), tools)
    reasons = {parcel.cop_msg_id: reason for parcel, reason in turned_away}
    found: dict[int, Outcome] = {}
    for index, draft in drafts.items():
        declaration = draft.declaration
        reason = reasons.get(parcels[index].cop_msg_id) if index in parcels else None
        if reason:
            found[index] = refused(
                declaration, [fault("XSD_OWN", "", detail=reason.reason)], draft.kind, draft.warnings
            )
        else:
            found[index] = Outcome(
                declaration.file, declaration.reference, "ok", kind=draft.kind.name, warnings=draft.warnings
            )
    return found
