"""Two rules over the product's own code, read as a tree of syntax.

No `.text`, `.tail` and their like: on a parsed tree they end at the first comment (CVE-2017-11427); `whole_text` reads whole.
Whether a name is bound to an element cannot be told from the syntax, so every such attribute is refused but those listed
below by file and expression: what is not listed fails, and so does a line here that stands for nothing.

One place where bytes become XML: `mappings/parser.py`. Of lxml nothing is taken but what is named here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = (
    "mappings", "xsd", "signing", "channels", "parcel", "ledger", "papers", "outbox", "inbox", "gateway", "simulator", "console",
)  # fmt: skip
TEXTS = {"text", "tail", "itertext", "findtext", "text_content"}

TEXT_ALLOWED = {
    # where it is defined, and a child leaves a tree that is about to be made canonical
    "mappings/parser.py": {"element.text", "child.tail"},
    "signing/canonical.py": {"child.tail", "before.tail", "root.text"},
    # our own: the text of a file's name, of a file read for intake; `sqlalchemy.text`; digits behind a stamp
    "parcel/names.py": {"self.text", "self.out.text", "self.tail"},
    "inbox/open.py": {"out.text", "replace(out, extension=known).text"},
    "gateway/submission/draft.py": {
        "OutName(draft.kind.type, draft.number, stated_at, draft.submission, extension).text"
    },
    "gateway/relay/turn_away.py": {
        "technical_name(replace(out, extension=''), succeeded=False, stamp=stamp(now), counter=counter).text"
    },
    "gateway/intake/map_csv.py": {"source.text"},
    "gateway/intake/map_json.py": {"source.text"},
    "gateway/intake/map_likeness.py": {"source.text"},
    "gateway/intake/map_text.py": {"found.text"},
    "ledger/migrations/versions/r0001_first.py": {"sa.text"},
    "gateway/evidence/names.py": {"name.text"},
    "gateway/intake/lines.py": {"cell.text"},  # a cell of a sheet
    "gateway/intake/sheet.py": {
        "cell.text",
        "cell_of(place, value).text",
        "header[place.column].text",
        "self.columns[place.column].text",
    },
    "simulator/message.py": {
        "receipt_name(number, stamp=stamp(stated), counter=counter, extension=extension).text",
        "technical_name(replace(out, extension=''), succeeded=good, stamp=at, counter=counter).text",
    },
}
LXML_ALLOWED = {"_Element", "Element", "SubElement", "tostring", "XMLSyntaxError", "C14NError", "XPath"}
LXML_ALLOWED_AT = {
    "mappings/parser.py": {"fromstring", "XMLParser", "ErrorTypes", "iterwalk"},
    "xsd/validate.py": {"fromstring", "XMLSchema"},  # our own schemas, printed by us
}
XML_MODULES = ("xml", "lxml", "defusedxml", "xmlsec", "signxml", "html.parser", "bs4", "xmltodict")
XML_IMPORTS_ALLOWED = {("lxml", "etree"), ("xml.sax.saxutils", "escape"), ("xml.sax.saxutils", "quoteattr")}
XMLSCHEMA_ALLOWED = {"xsd/explain.py": {"xmlschema.XMLSchema", "xmlschema.XMLSchemaException"}}


def sources() -> dict[str, ast.Module]:
    files = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in files}


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, expression) of every way to ask for an attribute of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in TEXTS and isinstance(node.ctx, ast.Load):
            yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Call) and _called(node) in {"getattr", "attrgetter", "methodcaller"}:
            named = {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
            if any(part in TEXTS for name in named for part in name.split(".")):
                yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.MatchClass) and TEXTS & set(node.kwd_attrs):
            yield node.cls.lineno, ast.unparse(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "text()" in node.value:
            yield node.lineno, node.value


def readers(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, what) of every way from bytes to XML that is neither `etree.<allowed>` nor allowed at that file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, f"import {a.name}") for a in node.names if _is_xml(a.name) or a.asname == "etree")
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            names = [(a.name, a.asname) for a in node.names]
            bad = [n for n, renamed in names if (module, n) not in XML_IMPORTS_ALLOWED or renamed]
            if _is_xml(module) or module == "xmlschema":
                yield from ((node.lineno, f"from {module} import {name}") for name in bad)
        elif _taken(node):
            yield node.lineno, ast.unparse(node)
    yield from _bare(tree)


def _taken(node: ast.AST) -> TypeGuard[ast.Attribute | ast.Call]:
    """Something of lxml or xmlschema, or a module whose name cannot be seen."""
    if isinstance(node, ast.Call):
        return _called(node) in {"__import__", "import_module"}
    return isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("etree", "xmlschema")


def _bare(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """`etree` itself handed on: under another name nobody would see what is taken of it."""
    held = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in ("etree", "xmlschema") and id(node) not in held:
            yield node.lineno, f"{node.id} as a value"


def _called(node: ast.Call) -> str:
    return ast.unparse(node.func).rpartition(".")[2]


def _is_xml(module: str) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in XML_MODULES)


def strange_texts(path: str, tree: ast.AST) -> list[str]:
    return [f"{path}:{line}: {said}" for line, said in texts(tree) if said not in TEXT_ALLOWED.get(path, ())]


def strange_readers(path: str, tree: ast.AST) -> list[str]:
    named = {f"etree.{name}" for name in LXML_ALLOWED | LXML_ALLOWED_AT.get(path, set())}
    allowed = named | XMLSCHEMA_ALLOWED.get(path, set())
    return [f"{path}:{line}: {said}" for line, said in readers(tree) if said not in allowed]


def test_no_text_is_read_but_by_the_helper() -> None:
    assert [found for path, tree in sources().items() for found in strange_texts(path, tree)] == []


def test_the_list_of_texts_is_no_longer_than_needed() -> None:
    found = {(path, said) for path, tree in sources().items() for _, said in texts(tree)}
    assert {(path, said) for path, allowed in TEXT_ALLOWED.items() for said in allowed} - found == set()


def test_bytes_become_xml_in_one_place() -> None:
    assert [found for path, tree in sources().items() for found in strange_readers(path, tree)] == []


def test_the_list_of_readers_is_no_longer_than_needed() -> None:
    found = {(path, said) for path, tree in sources().items() for _, said in readers(tree)}
    listed = {(path, f"etree.{name}") for path, names in LXML_ALLOWED_AT.items() for name in names}
    assert listed - found == set()


PLANTED_TEXTS = [
    "sender = root.find('x').text",
    "for child in root: total += child.tail",
    "value = ''.join(element.itertext())",
    "value = root.findtext('Sender')",
    "value = getattr(element, 'text')",
    "read = operator.attrgetter('text')",
    "root.xpath('/a/b/text()')",
    "match element:\n    case etree._Element(text=value): pass",
]
PLANTED_READERS = [
    "root = etree.fromstring(data)",
    "root = etree.XML(data)",
    "for event in etree.iterparse(file): pass",
    "from lxml.etree import fromstring",
    "from lxml import etree as E",
    "from lxml import objectify",
    "import lxml.html",
    "import xml.etree.ElementTree as ET",
    "from xml.dom import minidom",
    "e = etree\ne.fromstring(data)",
    "read = importlib.import_module('lxml.etree').fromstring",
    "root = etree.XSLT(sheet)",
    "xmlschema.validate(data, schema)",
    "from xmlschema import XMLResource",
]


@pytest.mark.parametrize("code", PLANTED_TEXTS)
def test_a_planted_text_is_caught(code: str) -> None:
    assert strange_texts("parcel/stations.py", ast.parse(code))
    assert strange_texts("parcel/names.py", ast.parse(code)), "an allowance elsewhere in the file allows nothing else"


@pytest.mark.parametrize("code", PLANTED_READERS)
def test_a_planted_reader_is_caught(code: str) -> None:
    assert strange_readers("parcel/stations.py", ast.parse(code))
