"""Bytes become XML here and nowhere else: one policy of sizes, encodings and forbidden constructs.

The cheap looks come first, on bytes and then on text; libxml2 builds the tree only of what passed them, and what can be
judged truly only on the tree (depth, siblings, attributes) is judged there by XPath in C.
Every refusal is a ParseRefused with a code of `faults.toml`; the work for any input is bounded and takes less than a second.
Sources: reliability B01-B38, profile "Codes and rules".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from lxml import etree

from mappings.encoding import DECLARATION, ParseRefused, check_format, check_mojibake, decode


@dataclass(frozen=True, slots=True)
class Limits:
    """What one message may weigh. Text nodes and attribute values have libxml2's own limit, 10,000,000 bytes."""

    size: int = 8 * 1024 * 1024  # bytes of the file (reliability B06)
    depth: int = 64  # levels, the root is 1; libxml2 stops at 256 by itself
    attributes: int = 64  # of one element
    namespaces: int = 64  # in scope at one element
    siblings: int = 20_000  # element children of one element
    tags: int = 400_000  # "<", and as many "=", in the file; bounds time and memory before a tree is built
    scopes: int = 1_500_000  # tags times namespaces in scope: C14N looks for each namespace at each element


LIMITS = Limits()


def parse(data: bytes, *, limits: Limits = LIMITS) -> etree._Element:
    """The root of a document within the policy. Comments are legal and are dropped: text is whole across them."""
    _weigh(data, limits)
    check_format(data)
    text = decode(data)
    body = _look_over(text, limits)
    root = _build(text.encode(), limits)
    _inspect(root, text, body, limits)
    if not text.isascii():
        check_mojibake(text)
    return root


def parse_canonical(data: bytes) -> etree._Element:
    """The root of a canonical form that this process made of a tree of `parse`: the policy is not asked twice."""
    return etree.fromstring(data, _PARSER)


def local(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: etree._Element) -> str:
    """The namespace of the element's own name, empty where it has none."""
    return str(element.tag).rpartition("}")[0].removeprefix("{")


def children(element: etree._Element) -> list[etree._Element]:
    """The child elements: neither comments nor processing instructions."""
    return list(element.iterchildren("*"))


def whole_text(element: etree._Element) -> str:
    """The element's own text across comments, where `.text` would end at the first one (CVE-2017-11427)."""
    return (element.text or "") + "".join([child.tail or "" for child in element])


_BLANK = b"\x00 \t\r\n"


def _weigh(data: bytes, limits: Limits) -> None:
    if len(data) > limits.size:
        raise ParseRefused("FILE_TOO_BIG", size=len(data), limit=limits.size)
    if not data.removeprefix(b"\xef\xbb\xbf").strip(_BLANK):
        raise ParseRefused("FILE_EMPTY", size=len(data))


# Atomic and possessive: a prolog of a thousand comments must not make the search try every way to cut it.
_DOCTYPE = re.compile(r"(?>[ \t\r\n]+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)


def _look_over(text: str, limits: Limits) -> int:
    """What can be told from the text alone. Returns where the document begins after its XML declaration."""
    declaration = DECLARATION.match(text)
    if declaration and re.fullmatch(r"1\.[0-9]+", declaration[1]) and declaration[1] != "1.0":
        raise ParseRefused("XML_VERSION", found=declaration[1])
    if text.startswith(("<?xml ", "<?xml\t", "<?xml\r", "<?xml\n")) and (not declaration or declaration[1] != "1.0"):
        raise ParseRefused("XML_NOTWF", line=1, detail="XML 声明有误 (bad XML declaration)")
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise ParseRefused("XML_NOTWF", line=line, detail="有空字节，可能上次断电 (NUL bytes, perhaps a power cut)")
    if _DOCTYPE.match(text):
        raise ParseRefused("XML_DTD")
    if max(text.count("<"), text.count("=")) > limits.tags:
        raise ParseRefused("XML_LIMIT", detail=f"标记或属性超过 {limits.tags} 个 (too many tags or attributes)")
    if text.count("xmlns") > limits.siblings:
        raise ParseRefused(
            "XML_LIMIT", detail=f"命名空间声明超过 {limits.siblings} 个 (too many namespace declarations)"
        )
    return declaration.end() if declaration else 0


_PARSER = etree.XMLParser(
    encoding="utf-8",  # `decode` has decided; the declaration is not asked again
    resolve_entities=False,
    load_dtd=False,
    attribute_defaults=False,
    no_network=True,
    huge_tree=False,
    remove_comments=True,
    collect_ids=False,
)
_TYPES = etree.ErrorTypes
_WORDS = {
    _TYPES.ERR_DOCUMENT_EMPTY: "不是 XML",
    _TYPES.ERR_DOCUMENT_END: "根元素之后还有内容，一个文件只能有一份报文",
    _TYPES.ERR_RESERVED_XML_NAME: "XML 声明之前有空白或字符",
    _TYPES.ERR_ATTRIBUTE_REDEFINED: "属性重复",
    _TYPES.ERR_TAG_NAME_MISMATCH: "开始与结束标记不一致",
    _TYPES.ERR_TAG_NOT_FINISHED: "报文不完整",
    _TYPES.ERR_GT_REQUIRED: "报文不完整",
    _TYPES.ERR_INVALID_CHAR: "有 XML 不允许的字符",
    _TYPES.ERR_NAME_REQUIRED: "单独的 & 或 <，请写成 &amp; 或 &lt;",
    _TYPES.ERR_UNDECLARED_ENTITY: "未定义的实体",
    _TYPES.NS_ERR_UNDEFINED_NAMESPACE: "前缀没有命名空间",
}
_TOO_MUCH = {_TYPES.ERR_NAME_TOO_LONG, 114}  # 114: XML_ERR_RESOURCE_LIMIT, which lxml has no name for


def _build(data: bytes, limits: Limits) -> etree._Element:
    try:
        return etree.fromstring(data, _PARSER)
    except etree.XMLSyntaxError as error:
        words, kind = str(error.msg), int(getattr(error, "code", 0))  # lxml-stubs do not know `code`
        if kind in _TOO_MUCH:
            code = "XML_DEPTH" if "depth" in words else "XML_LIMIT"
            raise ParseRefused(code, limit=limits.depth, detail=words) from None
        cut = not data.rstrip().endswith(b">") and kind != _TYPES.ERR_DOCUMENT_END
        detail = f"{'报文不完整' if cut else _WORDS.get(kind, '')} ({words})".strip()
        raise ParseRefused("XML_NOTWF", line=error.lineno, detail=detail) from None


# `/descendant::…[1]` and not `//…`: libxml2 merges the node sets of `//` pair by pair, 390,000 instructions take minutes.
_GATED = (  # a word that must stand in the text for the construct to be there, how to find it truly, the code
    ("?", "/descendant::processing-instruction()[1]", "XML_PI"),
    ("include", "/descendant::*[namespace-uri() = 'http://www.w3.org/2001/XInclude'][1]", "XML_XINCLUDE"),
    ("chemaLocation", "/descendant::*/@*[namespace-uri() = 'http://www.w3.org/2001/XMLSchema-instance' and "
     "(local-name() = 'schemaLocation' or local-name() = 'noNamespaceSchemaLocation')]", "XSD_LOCATION"),
)  # fmt: skip


def _inspect(root: etree._Element, text: str, body: int, limits: Limits) -> None:
    tree = root.getroottree()
    if cast(object, tree.docinfo.internalDTD) is not None:  # the second guard behind `_DOCTYPE`
        raise ParseRefused("XML_DTD")
    if _finds(f"boolean({'/*' * (limits.depth + 1)})")(tree):
        raise ParseRefused("XML_DEPTH", limit=limits.depth)
    # Each gate counts what the construct needs at least; only a text that holds that much pays for a look at its tree.
    if text.count("<") > limits.siblings < text.count("<") - text.count("</") and _finds(
        f"boolean(//*[{limits.siblings + 1}])"
    )(tree):
        raise ParseRefused("XML_LIMIT", detail=f"同级元素超过 {limits.siblings} 个 (too many siblings)")
    if text.count("=") > limits.attributes and _finds(f"boolean(//*/@*[{limits.attributes + 1}])")(tree):
        raise ParseRefused("XML_LIMIT", detail=f"属性超过 {limits.attributes} 个 (too many attributes)")
    _inspect_namespaces(root, text.count("<"), text.count("xmlns"), limits)
    for word, path, code in _GATED:
        found: Any = text.find(word, body) >= 0 and _finds(path)(tree)
        if found:
            raise ParseRefused(code, found=getattr(found[0], "target", ""))


def _inspect_namespaces(root: etree._Element, tags: int, declared: int, limits: Limits) -> None:
    if declared <= limits.namespaces and tags * declared <= limits.scopes:
        return
    most = _namespaces(root)
    if most > limits.namespaces or tags * most > limits.scopes:
        detail = f"命名空间 {most} 个，标记 {tags} 个 ({most} namespaces around {tags} tags are too many)"
        raise ParseRefused("XML_LIMIT", detail=detail)


@cache
def _finds(path: str) -> etree.XPath:
    return etree.XPath(path)


def _namespaces(root: etree._Element) -> int:
    """The most namespace declarations in scope at one place: one walk, where XPath's axis would count each anew."""
    now = most = 0
    for event, _ in etree.iterwalk(root, events=("start-ns", "end-ns")):
        now += 1 if event == "start-ns" else -1
        most = max(most, now)
    return most
