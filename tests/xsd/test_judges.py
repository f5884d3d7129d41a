"""Two judges of one contract: they agree, or the message is held; printed schemas are those that are committed."""

from __future__ import annotations

import pytest
import xmlschema
from lxml import etree

from mappings.load import contract
from mappings.sample import sample
from mappings.write import write
from xsd.errors import JudgesDisagree, ShapeRefused
from xsd.explain import EXPLAINED, Judges, Objection
from xsd.printer import FOLDER, printed
from xsd.store import schema_source

CONTRACT = contract()
KIND = CONTRACT.kinds["blank_certificate_application"]
HEAD = {
    "number": "B20260000000000001",
    "enterprise_code": "1108919038",
    "submission": 0,
    "stated_at": "20260101000000000",
}


def message(**content: object) -> etree._Element:
    return etree.fromstring(write(KIND, HEAD, {**sample(KIND, seed=1)["content"], **content}, head_parts=CONTRACT.head))


@pytest.fixture
def judges() -> Judges:
    return Judges(schema_source(CONTRACT), both=True)


def test_a_disagreement_is_held_with_both_sentences(judges: Judges, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judges.explainer, "objections", lambda *_: (Objection("/x", 1, "planted"),))
    with pytest.raises(JudgesDisagree) as held:
        judges.judge(KIND, message())
    assert held.value.code == "XSD_DISAGREE"
    assert "planted" in held.value.reason


@pytest.mark.parametrize("quantity", ["１１", "1_1", "1e1", "1,000", " ", "٣"])
def test_both_refuse_what_is_no_plain_number(judges: Judges, quantity: str) -> None:
    with pytest.raises(ShapeRefused) as refused:
        judges.judge(KIND, message(lines=[{"blank_format": "C5-1", "quantity": quantity}]))
    assert refused.value.code == "XSD_INVALID"


def test_a_message_too_long_to_explain_has_the_first_judges_words(judges: Judges) -> None:
    root = message()
    lines = root.find("{*}Lines")
    assert lines is not None
    for _ in range(EXPLAINED):
        etree.SubElement(lines, f"{{{KIND.namespace}}}Line")
    with pytest.raises(ShapeRefused, match="XSD_INVALID"):
        judges.judge(KIND, root)


def test_every_schema_is_one_by_the_letter() -> None:
    """For xmlschema as well, which does not ask when it judges messages."""
    source = schema_source(CONTRACT)
    for kind in CONTRACT.messages:
        assert xmlschema.XMLSchema(source(kind), allow="none").validity == "valid", kind.name


def test_the_committed_schemas_are_the_printed_ones() -> None:
    assert {name: (FOLDER / name).read_text(encoding="utf-8") for name in printed(CONTRACT)} == printed(CONTRACT)
