"""One message in so many is judged by the second judge too, and a disagreement is not passed over."""

import pytest

from mappings.load import contract
from mappings.parser import parse
from mappings.sample import sample
from mappings.write import write
from xsd.errors import JudgesDisagree
from xsd.explain import Judges, Objection
from xsd.store import schema_source

KIND = contract().kinds["blank_certificate_application"]
HEAD = {
    "number": "B20260000000000017",
    "enterprise_code": "1108919038",
    "submission": 0,
    "stated_at": "20261121093015123",
}


@pytest.mark.parametrize(("spot", "told"), [(0, []), (3, [2, 5]), (1, list(range(8)))])
def test_which_messages_are_judged_twice(monkeypatch, spot, told):
    judges = Judges(schema_source(contract()), both=False, spot=spot)
    monkeypatch.setattr(type(judges.explainer), "objections", lambda *_, **__: (Objection("/", 0, "planted"),))
    tree = parse(write(KIND, HEAD, sample(KIND)["content"], head_parts=contract().head))
    found = []
    for n in range(8):
        try:
            judges.judge(KIND, tree)
        except JudgesDisagree:
            found.append(n)
    assert found == told
