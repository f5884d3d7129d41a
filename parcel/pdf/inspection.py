"""PDF: what customs can open and nobody is harmed by (manual 002 §4.4.3; reliability B88-B94).

The file is walked from its first byte to its last by our own grammar, its streams are measured in bounded pieces, and
only what passed that is shown to a library (pikepdf), which must count the same pages.

Bytes of a page: the encoded lengths of the streams that can be reached from the page alone (contents, pictures, fonts,
annotations' looks, inherited resources among them), and of streams that several pages share an even part. What belongs
to no page counts for the file only. The manual does not say how customs counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from parcel.attachment_errors import AttachmentRefused, bomb, corrupt, refused
from parcel.inflate import Broken, Budget, TooMuch
from parcel.pdf.body import Body, read_body
from parcel.pdf.pages import page_bytes, pages
from parcel.pdf.streams import PIXELS, Allowance, filters, measure
from parcel.pdf.table import Document, read_document
from parcel.pdf.tokens import Name, Value

TOKENS = 250_000  # of one file, those of object streams among them; each is a step of ours
_ACTIVE = {
    "JavaScript": "脚本", "JS": "脚本", "Launch": "启动程序", "URI": "网址", "EmbeddedFile": "嵌入文件",
    "EmbeddedFiles": "嵌入文件", "EF": "嵌入文件", "FileAttachment": "嵌入文件", "AA": "自动动作", "RichMedia": "多媒体",
    "Movie": "多媒体", "Sound": "多媒体", "Rendition": "多媒体", "Screen": "多媒体", "3D": "多媒体", "XFA": "动态表单",
    "SubmitForm": "提交表单", "ImportData": "导入数据", "GoToR": "打开其他文件", "GoToE": "打开其他文件",
    "Collection": "文件包", "OpenAction": "打开时动作",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pdf:
    """page_bytes: of each page, in their order."""

    page_bytes: tuple[int, ...]

    @property
    def page_count(self) -> int:
        return len(self.page_bytes)


def inspect_pdf(data: bytes, name: str) -> Pdf:
    """Raises AttachmentRefused: ATT_TYPE, ATT_POLYGLOT, ATT_CORRUPT, ATT_ENCRYPTED, ATT_ACTIVE, ATT_BOMB."""
    tokens, allowance = Budget(TOKENS), Allowance.fresh()
    try:
        body = read_body(data, name, tokens)
        _check_encryption(body)
        document = read_document(body, allowance, tokens)
        _check_active(document)
        _measure(document)
        found = pages(document)
        sizes = page_bytes(document, found)
    except TooMuch:
        raise bomb(name, "解压后过大或结构过于庞大", "too much once it is inflated, or too many objects") from None
    except Broken as bad:
        raise corrupt(name, "内容损坏", str(bad)) from None
    _second_judge(data, name, len(found))
    return Pdf(tuple(sizes))


def _check_encryption(body: Body) -> None:
    """Before any stream is read: those of an encrypted file are noise."""
    trailers = [table.trailer for table in body.tables.values()]
    trailers += [found.dictionary for found in body.objects.values() if found.dictionary.get("Type") == "XRef"]
    if any(trailer.get("Encrypt") is not None for trailer in trailers):
        raise _encrypted(body.name)


def _encrypted(name: str) -> AttachmentRefused:
    return refused("ATT_ENCRYPTED", name, "PDF 已加密", "an encrypted PDF")


def _check_active(document: Document) -> None:
    for word in _words(document):
        raise refused("ATT_ACTIVE", document.body.name, f"含{_ACTIVE[word]}", f"it holds {word}", found=word)


def _words(document: Document) -> Iterator[str]:
    """Every name that makes a PDF do something, as a key or as a value, wherever it stands.

    Where the file opens (`/OpenAction [3 0 R /Fit]`, or the same as a lone GoTo) is a place and harms nobody.
    """
    todo = list(document.values())
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            still = _is_place(document, value.get("OpenAction"))
            yield from (key for key in value if key in _ACTIVE and not (key == "OpenAction" and still))
            todo += value.values()
        elif isinstance(value, list):
            todo += value
        elif isinstance(value, Name) and value in _ACTIVE:
            yield value


def _is_place(document: Document, value: Value) -> bool:
    found = document.resolve(value)
    return isinstance(found, list) or (isinstance(found, dict) and found.get("S") == "GoTo" and "Next" not in found)


def _measure(document: Document) -> None:
    for found in document.body.objects.values():
        if not found.stream:
            continue
        if "F" in found.dictionary:
            raise refused("ATT_ACTIVE", document.body.name, "含外部文件", "a stream that lies in another file")
        width, height = (document.resolve(found.dictionary.get(key)) for key in ("Width", "Height"))
        if isinstance(width, int) and isinstance(height, int) and width * height > PIXELS:
            raise TooMuch
        chain = filters(found.dictionary, document.resolve)
        if any(step == "Crypt" for step, _ in chain):
            raise _encrypted(document.body.name)
        measure(document.raw(found), chain, document.allowance)


def _second_judge(data: bytes, name: str, count: int) -> None:
    """Another reader, which sees as many pages without having to look for them."""
    import pikepdf  # 80 ms and 20 MB that only an attachment is worth

    try:
        with pikepdf.open(BytesIO(data), attempt_recovery=False, suppress_warnings=True) as pdf:
            there = len(pdf.pages)
    except pikepdf.PasswordError:
        raise _encrypted(name) from None
    except pikepdf.PdfError as bad:
        raise corrupt(name, "PDF 无法打开", str(bad)[:80]) from None
    if there != count:
        raise corrupt(name, f"两种读法页数不同：{there} 与 {count}", f"another reader sees {there} pages, we {count}")
