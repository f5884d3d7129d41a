"""Writer and reader are inverses, and both judges accept what is written: for every kind that travels."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.kind import Direction, Kind
from mappings.load import contract
from mappings.parser import parse
from mappings.read import read
from mappings.write import write
from tests.strategies import contents, value
from xsd.explain import Judges
from xsd.store import schema_source

CONTRACT = contract()
JUDGES = Judges(schema_source(CONTRACT), both=True)


def heads() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({field.id: value(field.element) for field in CONTRACT.head})


@pytest.mark.parametrize("kind", CONTRACT.messages, ids=lambda kind: kind.name)
def test_read_gives_back_what_was_written_and_both_judges_accept_it(kind: Kind) -> None:
    @settings(max_examples=settings.default.max_examples // 5)
    @given(heads(), contents(kind))
    def holds(head: dict[str, Any], content: dict[str, Any]) -> None:
        root = parse(write(kind, head, content, head_parts=CONTRACT.head))
        JUDGES.judge(kind, root)
        message = read(kind, root, head_parts=CONTRACT.head)
        assert message.content == content
        assert message.head == (head if kind.direction is Direction.OUT else {})

    holds()
