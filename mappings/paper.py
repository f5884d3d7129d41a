"""The paper of a certificate as a fact: in which modes its format is printed, and on which blank forms (manual 002 §4.3).

A format is printed on the forms of its own family; Ce-1 (quality, appraisal) or Ce-2 (health, quarantine) and Ce-3 (two pages,
both sides) may stand in for them, and the dialogue of a certificate without a set format offers all three.
"""

from __future__ import annotations

from collections.abc import Mapping

from mappings.facts import Fact
from mappings.kind import Format, Kind

PAPER = "paper"  # what rules call it


def paper(chosen: Format) -> Fact:
    return Fact(
        chosen.id,
        "",
        chosen.version,
        {"print_mode": list(chosen.print_modes), "blank_format": list(chosen.blank_formats)},
    )


def of_format(id_: str, kinds: Mapping[str, Kind]) -> dict[str, Fact]:
    """The paper of a format of any kind; nothing where nobody knows the format."""
    chosen = next((kind.formats[id_] for kind in kinds.values() if id_ in kind.formats), None)
    return {PAPER: paper(chosen)} if chosen else {}


def is_asked(kind: Kind) -> bool:
    """Has the kind rules over the paper of a certificate?"""
    return any(rule.fact[:1] == (PAPER,) for rule in kind.rules)
