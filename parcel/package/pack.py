"""The zip that carries a message with its attachments: flat, one XML, real sizes and times (profile, File).

    data = pack("CERTAPP_….xml", xml, [Attachment("10000005", "poa.pdf", pdf)], at)
    package = unpack(data)

What `unpack` gives is exactly what any other reader of the zip would find; whether an attachment is what it seems is
asked by `attachment.inspect`, and whether it is the one that the XML lists by `Package.listed`.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mappings.clock import BEIJING, micros, moment
from parcel.attachment import Attachment
from parcel.attachment_errors import AttachmentRefused, bomb, corrupt, refused
from parcel.entry_names import check_name, suffix
from parcel.inflate import GZIP, Broken, Budget, TooMuch, inflated, sliced, within
from parcel.names import OutName, parse_in
from parcel.package.directory import Entry, ZipLimits, entries

__all__ = [
    "LIMITS",
    "AttachmentRefused",
    "Listed",
    "Package",
    "ZipLimits",
    "claim",
    "is_package",
    "pack",
    "packed",
    "sealed_xml",
    "unpack",
]

LIMITS = ZipLimits()
"""One XML of at most 8 MiB and forty attachments, ten of which may have 4 MB each (manual 002 §4.4.3, R-03)."""
SUFFIXES = frozenset({"pdf", "png", "jpg", "jpeg"})
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"BZh", b"\xfd7zXZ\x00")
_ARCHIVE_SUFFIXES = frozenset({"zip", "gz", "tgz", "7z", "rar", "bz2", "xz", "jar"})


@dataclass(frozen=True, slots=True)
class Listed:
    """What the business XML says of one attachment: the envelope's signature protects this, and so the file."""

    class_code: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Package:
    """One message and what travels with it. Class codes are not in a zip: they are empty until `listed`."""

    xml_name: str
    xml: bytes
    attachments: tuple[Attachment, ...]

    def listed(self, rows: Sequence[Listed]) -> tuple[Attachment, ...]:
        """The attachments in the XML's order with their class codes. Raises AttachmentRefused ATT_CORRUPT."""
        return claim(rows, self.attachments)


def claim(rows: Sequence[Listed], files: Iterable[Attachment]) -> tuple[Attachment, ...]:
    """For every row its file, with the row's class: all that came are listed, all that are listed came, with that digest.

    One file may be listed in several places. Raises AttachmentRefused ATT_CORRUPT.
    """
    there = {attachment.name: attachment for attachment in files}
    if odd := sorted({row.name for row in rows} ^ there.keys()):
        raise corrupt("、".join(odd)[:80], "报文所列与包内文件不一致", "the message lists other files than there are")
    return tuple(_claimed(row, there[row.name]) for row in rows)


def pack(xml_name: str, xml: bytes, attachments: Iterable[Attachment], at: datetime) -> bytes:
    """The package as bytes: the same for the same content and time. `at` has a time zone; a zip holds even seconds.

    Raises AttachmentRefused as `unpack` would: nothing is written that could not be read.
    """
    files = [(xml_name, xml), *((attachment.name, attachment.data) for attachment in attachments)]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", allowZip64=False) as archive:
        for name, data in files:
            info = zipfile.ZipInfo(check_name(name), at.astimezone(BEIJING).timetuple()[:6])
            info.create_system, info.external_attr = 3, 0o100644 << 16
            info.compress_type = _method(data)
            archive.writestr(info, data, compresslevel=6)
    packed = out.getvalue()
    unpack(packed)
    return packed


def packed(name: str, xml: bytes, attachments: Iterable[Attachment]) -> bytes:
    """The package of a message by its own name, whose time is that of the files in it. Raises as `pack` does."""
    own = OutName.parse(name) or parse_in(name)
    if own is None:
        raise refused("ATT_PATH", name, "不是报文名", "no name of a message")
    stated = own.stated if isinstance(own, OutName) else own.stamp
    return pack(f"{name.rpartition('.')[0]}.xml", xml, attachments, moment(micros(stated)))


def unpack(data: bytes, limits: ZipLimits = LIMITS, name: str = "zip") -> Package:
    """What a zip holds. Raises AttachmentRefused: ATT_PATH, ATT_BOMB, ATT_CORRUPT, ATT_ENCRYPTED, ATT_TYPE, FILE_EMPTY."""
    if data.startswith(b"\x1f\x8b"):
        raise _gzip(data, name, limits)
    found = entries(data, name, limits)
    for entry in found:
        _check_kind(entry)
    messages = [entry for entry in found if suffix(entry.name) == "xml"]
    if len(messages) != 1:
        raise corrupt(name, f"包内有 {len(messages)} 份 XML，应为 1 份", f"{len(messages)} XML files instead of one")
    others = (entry for entry in found if entry is not messages[0])
    attachments = tuple(Attachment("", entry.name, entry.content()) for entry in others)
    return Package(messages[0].name, messages[0].content(), attachments)


def is_package(data: bytes) -> bool:
    """By its first bytes: an XML begins with none of these."""
    return data.startswith((b"PK", b"\x1f\x8b"))


def sealed_xml(data: bytes) -> bytes:
    """The one XML of a package, or the file itself. Raises as `unpack` does."""
    return unpack(data).xml if is_package(data) else data


def _claimed(row: Listed, attachment: Attachment) -> Attachment:
    if (row.size, row.sha256.lower()) != (attachment.size, attachment.sha256):
        raise corrupt(row.name, "大小或 SHA-256 与报文所列不符", "another size or SHA-256 than the message lists")
    return Attachment(row.class_code, attachment.name, attachment.data)


def _method(data: bytes) -> int:
    """Deflated where that helps and stays within what a reader takes for honest."""
    packed = len(zlib.compress(data, 6))
    helps = packed < len(data) * 0.95 and len(data) <= packed * LIMITS.ratio
    return zipfile.ZIP_DEFLATED if helps else zipfile.ZIP_STORED


def _check_kind(entry: Entry) -> None:
    ending = suffix(entry.name)
    if ending in _ARCHIVE_SUFFIXES or (not entry.deflated and bytes(entry.data[:8]).startswith(_ARCHIVES)):
        raise bomb(entry.name, "包中有包", "a package inside a package")
    if ending != "xml" and ending not in SUFFIXES:
        raise refused("ATT_TYPE", entry.name, f"包内不允许 .{ending}", f"no .{ending} in a package")


def _gzip(data: bytes, name: str, limits: ZipLimits) -> AttachmentRefused:
    """No zip in any case; whether it is a bomb as well is told by inflating it into nothing, up to the limits."""
    most = min(limits.total, max(1 << 20, len(data) * limits.ratio))
    try:
        for _ in within(inflated(sliced(data), form=GZIP), most, Budget(most)):
            pass
    except TooMuch:
        return bomb(name, f"gzip，解压超过 {most} 字节", f"gzip of more than {most} bytes")
    except Broken:
        pass
    return corrupt(name, "是 gzip，不是 zip", "gzip, no zip")
