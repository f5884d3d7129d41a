"""What a declaration asks to be done to its content before it is checked: initial values filled in (初始值模板), English
fields put into capitals (英文转大写). Both are asked for in so many words, in the declaration or by who submits it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.submission.initial_values import filled, template
from ledger.rows import Enterprise as Tenant
from mappings.element import Field, Type
from mappings.faults import Fault, fault
from mappings.kind import Kind, Part

INITIAL, UPPER_CASE = "initial", "upper_case"  # keys of a declaration
ENGLISH = "_en"  # how the ids of English fields end


def prepared(
    kind: Kind, value: Mapping[str, Any], tenant: Tenant | None, *, initial: Path | None, actor: str
) -> tuple[Mapping[str, Any], list[Fault]]:
    """The content as it is meant, and what is wrong with the wishes."""
    content, faults = value["content"], []
    if INITIAL in value:
        found = template(initial, value[INITIAL]) if isinstance(value[INITIAL], str) else None
        codes = (tenant.code, tenant.uscc) if tenant else ()
        if found is None or found.kind != kind.name or not found.is_for(codes, actor):
            faults.append(fault("INITIAL_UNKNOWN", f"/{INITIAL}", str(value[INITIAL]), name=value[INITIAL]))
        else:
            content = filled(kind, content, found.content)
    if value.get(UPPER_CASE, False) is True:
        content = capitals(kind.shape(content), content)
    elif value.get(UPPER_CASE, False) is not False:
        faults.append(fault("FIELD_TYPE", f"/{UPPER_CASE}", str(value[UPPER_CASE]), zh="英文转大写", en="upper case",
                            want="true 或 false", want_en="true or false"))  # fmt: skip
    return content, faults


def capitals(parts: Sequence[Part], item: Mapping[str, Any]) -> dict[str, Any]:
    """The same with every English text in capitals; what is no text is left to be told by the check."""
    found = dict(item)
    for part in parts:
        if isinstance(part, Field):
            value = found.get(part.id)
            if part.id.endswith(ENGLISH) and part.element.type is Type.TEXT and isinstance(value, str):
                found[part.id] = value.upper()
        elif isinstance(found.get(part.name), list):
            found[part.name] = [
                capitals(part.shape(inner), inner) if isinstance(inner, Mapping) else inner
                for inner in found[part.name]
            ]
    return found
