"""随附单据: one file that travels with a message, and whether it may (domain 3.15, R-02, R-07, R-20; reliability B88-B94).

inspect(Attachment("10000005", "poa.pdf", data), RULES).page_count
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from parcel.attachment_errors import AttachmentRefused, refused
from parcel.entry_names import check_name, suffix
from parcel.pdf.inspection import inspect_pdf
from parcel.picture import inspect_jpeg, inspect_png

__all__ = ["RULES", "Attachment", "AttachmentRefused", "AttachmentRules", "Inspected", "inspect", "inspect_all"]

KB, MB = 1 << 10, 1 << 20


@dataclass(frozen=True, slots=True)
class Attachment:
    """class_code: 8 digits of the list of attached documents, "" while not known. name: without folder."""

    class_code: str
    name: str
    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    @property
    def sha256(self) -> str:
        """64 small hexadecimal digits."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class AttachmentRules:
    """What a kind of document says of its attachments.

    page_bytes: 400 KB, or 200 KB where the manual says so (on-site issue and reprint, manual 002 §4.3).
    most: how many at most, 0 for any number (R-03).
    """

    suffixes: tuple[str, ...] = ("pdf",)
    file_bytes: int = 4 * MB
    page_bytes: int = 400 * KB
    most: int = 10

    @property
    def sentence(self) -> dict[str, str]:
        """What fills the manual's own sentence."""
        return {
            "suffixes": "、".join(self.suffixes),
            "file": _short(self.file_bytes),
            "page": _short(self.page_bytes),
        }


RULES = AttachmentRules()


@dataclass(frozen=True, slots=True)
class Inspected:
    """An attachment that may travel. page_bytes: of each page of a PDF; empty for a picture, which is one page."""

    attachment: Attachment
    page_bytes: tuple[int, ...] = ()

    @property
    def page_count(self) -> int:
        return len(self.page_bytes) or 1


def inspect(attachment: Attachment, rules: AttachmentRules = RULES) -> Inspected:
    """Whether it is what its name says and customs can open it, in less than a second and 100 MB for any bytes.

    Raises AttachmentRefused: ATT_PATH, ATT_TYPE, ATT_TOO_BIG, ATT_CORRUPT, ATT_ENCRYPTED, ATT_ACTIVE, ATT_BOMB, ATT_POLYGLOT.
    """
    name, data = check_name(attachment.name), attachment.data
    ending = suffix(name)
    if ending not in rules.suffixes:
        raise refused("ATT_TYPE", name, f"后缀是 {ending or '空'}", f"its suffix is {ending!r}", **rules.sentence)
    if len(data) > rules.file_bytes:
        raise _too_big(attachment, rules, f"文件 {len(data)} 字节", f"a file of {len(data)} bytes")
    try:
        if ending in _PICTURES:
            _PICTURES[ending](data, name)
            return Inspected(attachment)
        sizes = inspect_pdf(data, name).page_bytes
    except AttachmentRefused as refusal:
        raise AttachmentRefused(refusal.code, **{**refusal.evidence, **rules.sentence}) from None
    for number, size in enumerate(sizes, 1):
        if size > rules.page_bytes:
            raise _too_big(attachment, rules, f"第 {number} 页 {size} 字节", f"page {number} has {size} bytes")
    return Inspected(attachment, sizes)


def inspect_all(attachments: Iterable[Attachment], rules: AttachmentRules = RULES) -> tuple[Inspected, ...]:
    """All attachments of one document. Raises AttachmentRefused for the first that may not, or for too many of them."""
    found = tuple(attachments)
    if rules.most and len(found) > rules.most:
        zh, en = f"共 {len(found)} 个，最多 {rules.most} 个", f"{len(found)} of them, at most {rules.most}"
        raise refused("ATT_TOO_BIG", found[rules.most].name, zh, en, **rules.sentence)
    return tuple(inspect(attachment, rules) for attachment in found)


_PICTURES = {"png": inspect_png, "jpg": inspect_jpeg, "jpeg": inspect_jpeg}


def _too_big(attachment: Attachment, rules: AttachmentRules, zh: str, en: str) -> AttachmentRefused:
    return refused("ATT_TOO_BIG", attachment.name, zh, en, **rules.sentence)


def _short(size: int) -> str:
    """4194304 -> 4M, 409600 -> 400K, as the manual writes it."""
    return f"{size // MB}M" if size % MB == 0 else f"{size // KB}K"
