"""The review desk: the contract's rules judged once more, on what the message itself says."""

from __future__ import annotations

from collections.abc import Mapping

from mappings.check import BY_ANYBODY, check
from mappings.facts import Facts
from mappings.faults import Fault
from mappings.kind import Kind
from parcel.parcel import Parcel
from simulator.house import Registered

NOT_THE_CARD = "操作卡海关十位和Session中的不相符"  # the real client's own sentence (real-messages 1.6)


def review(parcel: Parcel, enterprise: Registered | None, facts: Facts | None = None) -> Mapping[str, str]:
    """Why documents cannot be stored: the sentence by document number. A fault outside the carried ones is the bearer's."""
    kind = parcel.needs_kind()
    found: dict[str, str] = {}
    if enterprise and not _same_enterprise(parcel.enterprise, enterprise):
        found[parcel.number] = NOT_THE_CARD
    for fault in check(kind, parcel.content, by=BY_ANYBODY, facts=facts).faults:
        found.setdefault(_whose(fault, kind, parcel), fault.zh)
    return found


def _same_enterprise(code: str, enterprise: Registered) -> bool:
    codes = {known for known in (enterprise.code, enterprise.uscc) if known}
    return not codes or code in codes


def _whose(fault: Fault, kind: Kind, parcel: Parcel) -> str:
    """`/content/certificates/1/marks` is the second certificate's."""
    steps = fault.path.split("/")[2:]
    group = kind.carries
    if group and group.kind and len(steps) > 1 and steps[0] == group.name and steps[1].isdecimal():
        item = parcel.content[group.name][int(steps[1])]
        return str(item.get(group.kind.serial_field, parcel.number))
    return parcel.number
