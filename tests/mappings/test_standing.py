"""What customs has otherwise, laid over what was declared, is what customs has."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.attaching import GROUP
from mappings.changes import text
from mappings.element import Field, Filler
from mappings.kind import Group, Kind
from mappings.load import contract
from mappings.standing import OTHERWISE, otherwise, standing
from tests.strategies import contents

CERTIFICATE = contract().kinds["certificate"]


def ours(kind: Kind, content: dict[str, Any]) -> dict[str, Any]:
    """What the enterprise declares of it, as text."""
    found: dict[str, Any] = {}
    for part in kind.shape(content):
        if isinstance(part, Field) and part.by is Filler.ENTERPRISE and content.get(part.id) is not None:
            found[part.id] = text(content[part.id])
        if isinstance(part, Group) and part.name != GROUP and content.get(part.name):
            names = [f.id for f in part.parts if isinstance(f, Field) and f.by is Filler.ENTERPRISE]
            found[part.name] = [{n: text(row[n]) for n in names if n in row} for row in content[part.name]]
    return found


@settings(max_examples=20, deadline=None)
@given(contents(CERTIFICATE), contents(CERTIFICATE))
def test_what_customs_tells_is_what_stands(declared: dict[str, Any], told: dict[str, Any]) -> None:
    found = standing(declared, {OTHERWISE: otherwise(CERTIFICATE, declared, told)})
    said = ours(CERTIFICATE, told)
    assert {name: ours(CERTIFICATE, found).get(name) for name in said} == said
    assert (
        ours(CERTIFICATE, standing(declared, {OTHERWISE: otherwise(CERTIFICATE, declared, told, whole=True)})) == said
    )
    silent = declared.keys() - told.keys()
    assert {name: found[name] for name in silent} == {name: declared[name] for name in silent}


@settings(max_examples=20, deadline=None)
@given(contents(CERTIFICATE), st.data())
def test_what_is_told_as_it_was_declared_is_nothing_new(declared: dict[str, Any], data: st.DataObject) -> None:
    names = data.draw(st.sets(st.sampled_from(sorted(declared))))
    told = {name: value for name, value in declared.items() if name in names or name == CERTIFICATE.format_field}
    assert otherwise(CERTIFICATE, declared, told) == ""
    assert standing(declared, {"certificate_no": "1"}) == {**declared, "certificate_no": "1"}
