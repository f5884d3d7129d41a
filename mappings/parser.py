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
from itertools import islice
from typing import Any, cast

from lxml import etree

from mappings.faults import Refused

CODECS = {
    "": "utf-8-sig",
    "utf-8": "utf-8-sig",
    "utf-16": "utf-16",
    "gb2312": "gbk",
    "gbk": "gbk",
    "gb18030": "gb18030",
}
"""Declared name -> Python codec. GB2312 is read by GBK's table once its strict check has passed: Python's own gb2312 table
maps the middle dot and the long dash to code points that neither libxml2 nor Windows uses."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one message may weigh. Text nodes and attribute values have libxml2's own limit, 10,000,000 bytes."""

    size: int = 8 * 1024 * 1024  # bytes of the file (reliability B06)
    depth: int = 64  # levels, the root is 1; libxml2 stops at 256 by itself
    attributes: int = 64  # of one element
    namespaces: int = 64  # in scope at one element
    siblings: int = 20_000  # element children of one element
    tags: int = 400_000  # "<", and as many "=", in the file; bounds time and memory before a tree is built


LIMITS = Limits()


class ParseRefused(Refused):
    """These bytes are no message that may be read: a code XML_*, FILE_*, MOJIBAKE or XSD_LOCATION."""


def parse(data: bytes, *, limits: Limits = LIMITS) -> etree._Element:
    """The root of a document within the policy. Comments are legal and are dropped: text is whole across them."""
    _weigh(data, limits)
    text = _decode(data)
    body = _look_over(text, limits)
    root = _build(text.encode(), limits)
    _inspect(root, text, body, limits)
    if not text.isascii():
        _check_mojibake(text)
    return root


def parse_canonical(data: bytes) -> etree._Element:
    """The root of a canonical form that this process made of a tree of `parse`: the policy is not asked twice."""
    return etree.fromstring(data, _PARSER)


def local(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children(element: etree._Element) -> list[etree._Element]:
    """The child elements: neither comments nor processing instructions."""
    return list(element.iterchildren("*"))


def whole_text(element: etree._Element) -> str:
    """The element's own text across comments, where `.text` would end at the first one (CVE-2017-11427)."""
    return (element.text or "") + "".join([child.tail or "" for child in element])


_BLANK = b"\x00 \t\r\n"
_OTHER_FORMATS = re.compile(
    rb"(?P<PDF>%PDF)|(?P<ZIP>PK\x03\x04)|(?P<gzip>\x1f\x8b)|(?P<JSON>[{\[])|(?P<HTML>(?i:<!doctype\s+html|<html[\s>]))"
)


def _weigh(data: bytes, limits: Limits) -> None:
    if len(data) > limits.size:
        raise ParseRefused("FILE_TOO_BIG", size=len(data), limit=limits.size)
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not data.removeprefix(b"\xef\xbb\xbf").strip(_BLANK):
        raise ParseRefused("FILE_EMPTY", size=len(data))
    if other := _OTHER_FORMATS.match(head):
        name = other.lastgroup or ""
        what = "收到的是网页，不是报文" if name == "HTML" else f"看起来是 {name}，不是报文"
        raise ParseRefused("XML_NOTWF", line=1, detail=f"{what} (looks like {name})")


_DECLARATION = re.compile(
    r"<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*[\"']([\w.:-]*)[\"']"
    r"(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*[\"']([\w.:-]*)[\"'])?"
    r"(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*[\"'](?:yes|no)[\"'])?[ \t\r\n]*\?>"
)


def _decode(data: bytes) -> str:
    """The whole file as text, by mark and declaration, which must agree. What is looked over is what is parsed."""
    mark = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb": "utf-8"}.get(data[:2], "")
    if b"\x00\x00" in data[:4] or (not mark and b"\x00" in data[:4]) or data[:4] == b"\x4c\x6f\xa7\x94":
        raise _bad_encoding("UTF-32、无标记的 UTF-16 或 EBCDIC (UTF-32, UTF-16 without mark, or EBCDIC)")
    declaration = _DECLARATION.match(data[:512].decode(mark or "latin-1", "ignore").lstrip("\ufeff"))
    name = ((declaration and declaration[2]) or "").lower()
    if name not in CODECS or (name == "utf-16" and not mark):
        raise _bad_encoding(f"声明为 {name} (declared {name})")
    if mark and name not in ("", mark):
        raise _bad_encoding(f"字节序标记是 {mark}，声明却是 {name} (the mark says {mark}, the declaration {name})")
    try:
        if name == "gb2312":
            data.decode("gb2312")
        text = data.decode(CODECS[mark or name])
    except UnicodeDecodeError as error:
        raise _undecodable(data, mark or name, error.start) from None
    if text.startswith("\ufeff"):
        raise _bad_encoding("有两个字节序标记 (two byte order marks)")
    if name.startswith("gb") and not text.isascii() and _is_common(_decodes(data, "utf-8")):
        raise ParseRefused("MOJIBAKE", detail=f"声明为 {name}，字节是 UTF-8 (declared {name}, the bytes are UTF-8)")
    return text


def _bad_encoding(detail: str) -> ParseRefused:
    return ParseRefused("XML_ENCODING", detail=detail)


def _undecodable(data: bytes, name: str, position: int) -> ParseRefused:
    """The reason, with the likeliest honest cause: what else could these bytes be?"""
    detail = f"第 {position + 1} 字节起不是 {name or 'UTF-8'} (not {name or 'UTF-8'} from byte {position + 1})"
    if name.startswith("gb") and _decodes(data, "utf-8"):
        return ParseRefused("MOJIBAKE", detail=f"声明为 {name}，字节是 UTF-8 (declared {name}, the bytes are UTF-8)")
    if name == "gb2312" and _decodes(data, "gb18030"):
        detail += "，请改声明为 GBK 或 GB18030 (declare GBK or GB18030)"
    elif name in ("", "utf-8") and _decodes(data, "gb18030"):
        detail += "，内容像 GBK" + ("，缺少编码声明" if not name else "") + " (looks like GBK)"
    return _bad_encoding(detail)


def _decodes(data: bytes, codec: str) -> str:
    """The text under this codec, or nothing where it does not decode."""
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return ""


# Atomic and possessive: a prolog of a thousand comments must not make the search try every way to cut it.
_DOCTYPE = re.compile(r"(?>[ \t\r\n]+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)


def _look_over(text: str, limits: Limits) -> int:
    """What can be told from the text alone. Returns where the document begins after its XML declaration."""
    declaration = _DECLARATION.match(text)
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
    encoding="utf-8",  # `_decode` has decided; the declaration is not asked again
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
        cut = not data.rstrip().endswith(b">")
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
    if text.count("xmlns") > limits.namespaces and _namespaces(root) > limits.namespaces:
        raise ParseRefused("XML_LIMIT", detail=f"命名空间超过 {limits.namespaces} 个 (too many namespaces)")
    for word, path, code in _GATED:
        found: Any = text.find(word, body) >= 0 and _finds(path)(tree)
        if found:
            raise ParseRefused(code, found=getattr(found[0], "target", ""))


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


def _pairs(leads: range, trails: range) -> str:
    return "".join(bytes((lead, trail)).decode("gbk", "ignore") for lead in leads for trail in trails if trail != 0x7F)


# UTF-8 of a Chinese character is E4-E9 80-BF 80-BF. Read as GBK, two of them become three characters of these classes
# (a lone 0x80 becomes the euro sign in Windows' code page); read as Latin-1, six letters that begin with ä-é.
_FIRST, _SECOND = _pairs(range(0xE4, 0xEA), range(0x80, 0xC0)), _pairs(range(0x81, 0xC0), range(0xE4, 0xEA))
_LATER = "[\u0080-\u00bfŒ-ƒˆ˜–-™…‰‹›€]{2}"
_SUSPECT = re.compile(  # begins with one class, which is what makes the search fast
    f"[{_FIRST}ä-é](?:(?<=[{_FIRST}])(?:€|[{_SECOND}])|(?<=[ä-é]){_LATER}[ä-é]{_LATER})[^\x00-\x7f]*"
)
_MOST_SUSPECTS = 1000  # looked at in one text: more of them are a text made to keep us busy


def _check_mojibake(text: str) -> None:
    for lost in ("\ufffd", "锟斤拷"):
        if lost in text:
            raise ParseRefused("MOJIBAKE", detail=f"含替换字符 {lost} (holds replacement characters)")
    for suspect in islice(_SUSPECT.finditer(text), _MOST_SUSPECTS):
        if meant := _meant(suspect[0]):
            detail = f"“{suspect[0][:12]}”像是“{meant[:12]}” (reads like wrongly decoded UTF-8)"
            raise ParseRefused("MOJIBAKE", detail=detail)


def _meant(run: str) -> str:
    """What a suspect run was before it was wrongly decoded; nothing when that is no common Chinese either."""
    for codec in ("gb18030", "cp1252", "latin-1"):
        raw = run.encode(codec, "replace").replace(b"\xa2\xe3", b"\x80")
        whole = raw.decode("utf-8", "replace").partition("\ufffd")[0]
        if (len(whole) > 1 or "€" in run) and _is_common(whole):
            return whole
    return ""


def _is_common(text: str) -> bool:
    """Is this Chinese as it is commonly written: some characters, and none beyond GB2312?"""
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return any("\u4e00" <= character <= "\u9fff" for character in text)
