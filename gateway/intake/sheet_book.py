"""A workbook before any library reads it: its zip, its parts, and the one sheet that is meant (ECMA-376 parts 1 and 2).

What a reader gets to see afterwards is a zip of our own with the parts that were inspected, written anew from their trees.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from gateway.intake.sheet_errors import SheetRefused, bad_file
from mappings.encoding import ParseRefused
from mappings.faults import Refused
from mappings.parser import Limits, children, local, parse, whole_text
from parcel.attachment_errors import AttachmentRefused
from parcel.package.directory import ZipLimits, entries

CELLS = 30_000  # of one sheet
_ZIP = ZipLimits(size=8 << 20, entries=200, entry=8 << 20, total=32 << 20, folders=True, streamed=True)
_XML = Limits(siblings=CELLS, tags=6 * CELLS)
_ACTIVE = re.compile(
    r"vbaproject|vbadata|macrosheets?/|dialogsheets?/|activex|ctrlprops/|embeddings/|oleobject|externallinks?/"
    r"|connections\.xml|querytables?/|webextensions?/|customui|\.(?:exe|dll|js|vbs|bat)$"
)
_READ = ("[content_types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels")
_ALSO_READ = ("xl/sharedstrings.xml", "xl/styles.xml")
_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_CODES = {"ATT_BOMB": "IMP_LIMIT", "ATT_TOO_BIG": "IMP_LIMIT", "ATT_ENCRYPTED": "IMP_ENCRYPTED"}
_WORKBOOK = "xl/workbook.xml"
_SHARED = "xl/sharedstrings.xml"


@dataclass(frozen=True, slots=True)
class Book:
    """parts: what was inspected, by its own name. sheet: the tree of the first visible sheet. title: its name."""

    parts: Mapping[str, etree._Element]
    sheet: etree._Element
    title: str

    def shared_lengths(self) -> list[int]:
        """How long each text is that cells may share."""
        root = next((root for name, root in self.parts.items() if name.lower() == _SHARED), None)
        items = [] if root is None else children(root)
        return [sum(len(whole_text(part)) for part in item.iter("{*}t")) for item in items if local(item) == "si"]

    def rewritten(self) -> io.BytesIO:
        """A workbook of these parts and nothing else. What the sheet says of its own size is left out: it may lie."""
        for dimension in [child for child in children(self.sheet) if local(child) == "dimension"]:
            self.sheet.remove(dimension)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            for name, root in self.parts.items():
                archive.writestr(name, etree.tostring(root, encoding="utf-8", xml_declaration=True))
        out.seek(0)
        return out


def open_book(data: bytes, name: str) -> Book:
    """Raises SheetRefused: IMP_TYPE, IMP_ENCRYPTED, IMP_ACTIVE, IMP_XML, IMP_LIMIT, IMP_EMPTY."""
    _check_magic(data, name)
    try:
        files = {entry.name.lower(): entry for entry in entries(data, name, _ZIP)}
        _check_parts(files, name)
        content = {key: entry.content() for key, entry in files.items() if key.endswith((".xml", ".rels", ".vml"))}
    except AttachmentRefused as refusal:
        raise _translated(refusal, name) from None
    roots = {key: _parsed(content[key], key) for key in (*_READ, *_ALSO_READ) if key in content}
    if missing := [key for key in _READ if key not in roots]:
        raise bad_file("IMP_TYPE", name, f"缺少 {missing[0]}，不是 xlsx", f"no xlsx: {missing[0]} is missing")
    for key, raw in content.items():
        if key not in roots and b"<!" in raw.replace(b"\0", b"").replace(b"<!--", b"").replace(b"<![CDATA[", b""):
            raise bad_file("IMP_XML", name, f"{key} 含 DOCTYPE 或实体", f"{key} holds a DOCTYPE or an entity")
    _check_types(roots[_READ[0]], name)
    title, key = _first_sheet(roots, name)
    if key not in content:
        raise bad_file("IMP_TYPE", name, f"缺少工作表 {key[:60]}", f"the sheet {key[:60]} is missing")
    roots[key] = _parsed(content[key], key)
    _keep_only(roots[_WORKBOOK], title)
    return Book({files[key].name: root for key, root in roots.items()}, roots[key], title)


def _check_magic(data: bytes, name: str) -> None:
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") or data.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in data[: 1 << 20]:
            raise bad_file("IMP_ENCRYPTED", name, "工作簿有打开密码", "the workbook has a password")
        raise bad_file("IMP_ENCRYPTED", name, "旧格式或已加密，请另存为无密码的 xlsx", "old format or encrypted")
    if not data.startswith(b"PK\x03\x04"):
        head = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
        what = "是网页或 XML" if head.startswith(b"<") else "内容是文本，可能是 CSV 改名" if data else "空文件"
        raise bad_file("IMP_TYPE", name, what, "a renamed file of another format")


def _check_parts(files: Mapping[str, object], name: str) -> None:
    if found := next((key for key in files if _ACTIVE.search(key)), ""):
        raise bad_file("IMP_ACTIVE", name, f"含宏、外部链接或嵌入对象 {found}", f"it holds {found}")


def _check_types(types: etree._Element, name: str) -> None:
    kinds = [str(child.get("ContentType", "")) for child in children(types)]
    if any("macro" in kind.lower() or "vba" in kind.lower() for kind in kinds):
        raise bad_file("IMP_ACTIVE", name, "是启用宏的工作簿", "a workbook with macros")
    if _MAIN not in kinds:
        raise bad_file("IMP_TYPE", name, "不是 xlsx 工作簿", "no xlsx workbook")


def _parsed(raw: bytes, key: str) -> etree._Element:
    try:
        return parse(raw, limits=_XML)
    except ParseRefused as refusal:
        too_much = refusal.code in ("XML_LIMIT", "XML_DEPTH", "FILE_TOO_BIG")
        raise bad_file("IMP_LIMIT" if too_much else "IMP_XML", key, f"{key}：{refusal.zh}", refusal.en) from None


def _translated(refusal: Refused, name: str) -> SheetRefused:
    detail = str(refusal.evidence.get("detail", refusal.zh))
    return bad_file(_CODES.get(refusal.code, "IMP_TYPE"), name, detail, f"{refusal.code}: {detail}")


def _first_sheet(roots: Mapping[str, etree._Element], name: str) -> tuple[str, str]:
    """-> title and part of the first sheet that a person sees when the workbook is opened."""
    targets = {}
    for link in children(roots[_READ[3]]):
        if str(link.get("TargetMode", "")).lower() == "external":
            raise bad_file("IMP_ACTIVE", name, "工作簿引用外部文件", "the workbook refers to another file")
        if str(link.get("Type", "")).endswith("/worksheet"):
            targets[str(link.get("Id"))] = str(link.get("Target"))
    titles = [str(sheet.get("name", "")).casefold() for sheet in _sheets(roots[_WORKBOOK])]
    if len(set(titles)) != len(titles):
        raise bad_file("IMP_XML", name, "两个工作表同名", "two sheets of one name")
    for sheet in _sheets(roots[_WORKBOOK]):
        target = next((targets[v] for k, v in map(_pair, sheet.items()) if k == "id" and v in targets), None)
        if sheet.get("state", "visible") == "visible" and target is not None:
            return str(sheet.get("name", "")), posixpath.normpath(posixpath.join("/xl", target)).lstrip("/").lower()
    raise bad_file("IMP_EMPTY", name, "没有可见的工作表", "no visible sheet")


def _keep_only(workbook: etree._Element, title: str) -> None:
    """The other sheets are not looked at, so they are not shown to anybody."""
    for part in children(workbook):
        for sheet in children(part) if local(part) == "sheets" else ():
            if sheet.get("name", "") != title:
                part.remove(sheet)


def _pair(item: tuple[object, object]) -> tuple[str, str]:
    return str(item[0]).rpartition("}")[2], str(item[1])


def _sheets(workbook: etree._Element) -> Iterator[etree._Element]:
    return (sheet for part in children(workbook) if local(part) == "sheets" for sheet in children(part))
