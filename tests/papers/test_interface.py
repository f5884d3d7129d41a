"""The interface document says all that the contract says, in both languages; its samples are what it says they are."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gateway.sample_pack import Sample, index, samples
from mappings.check import check
from mappings.element import Field
from mappings.kind import Direction, Group, Part
from mappings.load import contract
from mappings.parser import namespace, parse
from mappings.read import read
from mappings.sample import breakable
from papers.interface.blocks import Document
from papers.interface.document import document
from papers.interface.html import html
from papers.interface.pdf import pdf
from parcel.envelope import unwrap
from xsd.explain import Judges
from xsd.store import schema_source

DATE = "2026-11-21"
CONTRACT = contract()


def printed(lang: str) -> Document:
    return document(CONTRACT, lang, version="0", date=DATE)


def elements(parts: tuple[Part, ...]) -> set[str]:
    found = {part.element.element for part in parts if isinstance(part, Field)}
    for part in parts:
        if isinstance(part, Group):
            found |= {part.wrapper} | elements(part.kind.parts if part.kind else part.parts)
    return found


class Page(HTMLParser):
    """Ids, references and tags of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.references: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(str(value))
            elif name in ("href", "src"):
                self.references.append(str(value))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_message_element_format_and_rule_is_in_it(lang: str) -> None:
    text = html(printed(lang))
    for kind in CONTRACT.messages:
        assert kind.namespace in text and kind.root in text
        assert not [name for name in elements(kind.parts) if name not in text]
    for kind in CONTRACT.kinds.values():
        assert all(rule.code in text for rule in kind.rules)
        assert all(format_.id in text for format_ in kind.formats.values())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_needs_nothing_from_outside_and_its_contents_lead_somewhere(lang: str) -> None:
    page = Page(html(printed(lang)))
    assert len(page.ids) == len(set(page.ids))
    assert {reference.removeprefix("#") for reference in page.references} <= set(page.ids)
    assert not page.tags & {"script", "img", "link", "iframe"}


def test_what_a_kind_says_is_shown_not_run() -> None:
    hostile = Document("zh", "<script>alert(1)</script>", "&", "0", DATE, ())
    assert "<script" not in html(hostile)


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is not installed (Debian: poppler-utils)")
def test_the_pdf_holds_every_chinese_character(tmp_path: Path) -> None:
    """A font that lacks one sets nothing and says nothing."""
    pytest.importorskip("typst", reason="typst is not installed (extra: papers)")
    made = pdf(printed("zh"))
    assert made == pdf(printed("zh"))
    (tmp_path / "z.pdf").write_bytes(made)
    text = subprocess.run(
        ["pdftotext", tmp_path / "z.pdf", "-"], capture_output=True, check=True, timeout=60
    ).stdout.decode()
    wanted = set(re.findall(r"[\u4e00-\u9fff]", html(printed("zh"))))
    assert wanted and not wanted - set(text)


PACK = list(samples(CONTRACT))


@pytest.mark.parametrize("sample", [s for s in PACK if "t-0" not in s.path], ids=lambda s: s.path)
def test_a_sample_is_what_its_index_says(sample: Sample) -> None:
    """A good one passes both judges and all rules; a bad one breaks its rule, and another only where the index says so."""
    tree = parse(sample.data)
    kind = CONTRACT.of_namespace(namespace(tree))
    assert kind is not None
    content = dict(read(kind, tree, head_parts=CONTRACT.head).content)
    faults = {fault.code for fault in check(kind, _given(kind.shape(content), content)).faults}
    if sample.expect == "good":
        Judges(schema_source(CONTRACT), both=True).judge(kind, tree)
        assert not faults
    else:
        assert sample.expect in faults


def _given(parts: tuple[Part, ...], content: dict[str, object]) -> dict[str, object]:
    """What the enterprise itself declared of a message's content."""
    kept: dict[str, object] = {}
    for part in parts:
        name = part.id if isinstance(part, Field) else part.name
        if name not in content:
            continue
        if isinstance(part, Field):
            if part.by in ("enterprise", "file"):
                kept[name] = content[name]
        else:
            kept[name] = [_given(part.shape(item), item) for item in content[name]]  # type: ignore[attr-defined]
    return kept


def test_every_outward_kind_and_every_rule_has_a_sample() -> None:
    for kind in CONTRACT.messages:
        if kind.direction is Direction.OUT:
            mine = [sample for sample in PACK if sample.path.startswith(f"{kind.name}/")]
            assert [s.expect for s in mine].count("good") == 2
            assert set(breakable(kind)) <= {sample.expect for sample in mine}
    assert index(PACK).count("\n") == len(PACK) + 1


def test_an_envelope_of_the_pack_opens() -> None:
    for sample in PACK:
        if "t-0" in sample.path:
            envelope = unwrap(parse(sample.data))
            assert CONTRACT.of_type(envelope.msg_type) is not None and parse(envelope.data) is not None
