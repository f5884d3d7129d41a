"""The files that a declaration brings, beside it or as data: looked into, and listed in its content as messages list them.

{"class_code": "10000005", "file": "委托书.pdf"}                      beside the declaration's own file
{"class_code": "10000005", "name": "委托书.pdf", "data": "JVBERi…"}   base64
{"class_code": "10000005", "file_name": "委托书.pdf", …}              as the payload's own XML lists it, beside it
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from channels.errors import ChannelError
from channels.files import contents
from gateway.errors import Unreadable
from mappings.attaching import Attaching
from mappings.faults import Fault, Refused
from mappings.kind import Kind
from parcel.attached import Listing, listings, relisted, rules_of
from parcel.attachment import Attachment, inspect
from parcel.attachment_errors import AttachmentRefused, corrupt, refused
from parcel.entry_names import check_name, same_name
from parcel.package.pack import LIMITS

XML = 8 << 20  # bytes that a package keeps for its message
_DIGESTS = ("file_size", "file_sha256", "page_count")
_NOTHING: Mapping[str, Any] = {"file_size": 1, "file_sha256": "0" * 64, "page_count": 1}
"""Stands in the list of a declaration that is refused, so that the missing file is told once."""


@dataclass
class Brought:
    """content: with lists in place of files. files: by name, all that the lists name. faults: each at its place."""

    content: Mapping[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def bring(kind: Kind, content: Mapping[str, Any], beside: Path | None) -> Brought:
    """Every file of a declaration, and everything that is wrong with any of them.

    beside: the folder of the declaration's own file, which no `file` leaves; None where there is none.
    """
    brought = Brought(content)
    if kind.attaches:
        for listing in listings(kind, content):
            _list(brought, listing, beside)
        _weigh(brought)
    return brought


def named(value: object) -> Iterator[str]:
    """The files beside it that a declaration names, whatever its kind: before it is known to be well made."""
    if isinstance(value, list):
        for each in value:
            yield from named(each)
    if isinstance(value, Mapping):
        for key in ("file", "file_name"):
            if isinstance(value.get(key), str):
                yield value[key]
        for each in value.values():
            yield from named(each)


def _list(brought: Brought, listing: Listing, beside: Path | None) -> None:
    told: list[Any] = []
    for index, item in enumerate(listing.items):
        place = f"{listing.place}/{index}"
        told.append(_item(brought, listing.attaching, item, place, beside) if isinstance(item, Mapping) else item)
    brought.content = relisted(brought.content, listing.place.split("/")[2:], told)


def _item(
    brought: Brought, attaching: Attaching, item: Mapping[str, Any], place: str, beside: Path | None
) -> dict[str, Any]:
    code = str(item.get("class_code") or attaching.default)
    rest = {name: value for name, value in item.items() if name not in ("file", "name", "data", *_DIGESTS)}
    rest |= {"class_code": code} if code else {}
    name, given = _name(item)
    try:
        data = _data(item, name, attaching, beside)
        looked = inspect(Attachment(code, name, data), rules_of(attaching, code))
        own = {"file_size": len(data), "file_sha256": looked.attachment.sha256, "page_count": looked.page_count}
        _keep(brought, name, data)
        _check_given(item, own, name)
    except Refused as reason:
        brought.faults.append(reason.at(f"{place}/{given}" if given else place, name))
        own = dict(_NOTHING)
    return {**rest, "file_name": name or "—", **own}


def _name(item: Mapping[str, Any]) -> tuple[str, str]:
    """-> the file's own name, and the key that gave it."""
    for key in ("file", "name", "file_name"):
        if isinstance(item.get(key), str) and item[key].strip():
            return str(item[key]).rpartition("/")[2] if key == "file" else str(item[key]), key
    return "", ""


def _data(item: Mapping[str, Any], name: str, attaching: Attaching, beside: Path | None) -> bytes:
    if not name or ("data" in item) != ("name" in item):
        wanted = "file，或 name 和 data（base64）", "file, or name with data (base64)"
        raise Unreadable("FIELD_MISSING", zh=f"附件文件（{wanted[0]}）", en=f"the attached file ({wanted[1]})")
    if "data" in item:
        return _decoded(item["data"], name, attaching)
    path = check_name(str(item.get("file") or name), folders=True)
    if beside is None:
        zh, en = "没有文件夹的申报须用 name 和 data", "a declaration without a folder brings its files as data"
        raise refused("ATT_MISSING", name, zh, en)
    return _beside(beside, path, name, attaching)


def _decoded(data: object, name: str, attaching: Attaching) -> bytes:
    if not isinstance(data, str):
        raise refused("ATT_CORRUPT", name, "data 不是 base64 文字", "data is no base64 text")
    if len(data) > (attaching.file_bytes + 3) * 4 // 3 + 4:
        raise _too_big(name, attaching)
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as bad:
        raise refused("ATT_CORRUPT", name, "data 不是 base64", f"data is no base64: {bad}") from None


def _beside(folder: Path, path: str, name: str, attaching: Attaching) -> bytes:
    """A regular file in that folder or below it, by a way without links."""
    place = folder / path
    if place.parent.resolve() != folder.resolve() / Path(path).parent:
        raise refused("ATT_PATH", path, "经链接指向文件夹之外", "a link leads out of the folder")
    try:
        data = contents(place, limit=attaching.file_bytes + 1)
    except ChannelError as gone:
        if gone.code == "FILE_TYPE":
            raise
        raise refused("ATT_MISSING", path, "申报文件旁没有它", "it does not lie beside the declaration") from gone
    if len(data) > attaching.file_bytes:
        raise _too_big(name, attaching)
    return data


def _too_big(name: str, attaching: Attaching) -> AttachmentRefused:
    limit = attaching.file_bytes
    evidence = rules_of(attaching, "").sentence
    return refused("ATT_TOO_BIG", name, f"文件超过 {limit} 字节", f"a file of more than {limit} bytes", **evidence)


def _keep(brought: Brought, name: str, data: bytes) -> None:
    """A package is flat: one name in it is one file, however letters are written."""
    other = next((known for known in brought.files if same_name(known) == same_name(name)), None)
    if other is not None and (other != name or brought.files[other] != data):
        raise AttachmentRefused("ATT_NAME_TWICE", name=name)
    brought.files[name] = data


def _check_given(item: Mapping[str, Any], own: Mapping[str, Any], name: str) -> None:
    """What an XML says of a file must be so."""
    for key in _DIGESTS:
        if key in item and str(item[key]).lower() != str(own[key]):
            raise corrupt(name, f"{key} 与所列不符", f"another {key} than is listed")


def _weigh(brought: Brought) -> None:
    """All of it must fit into one package."""
    total, most = sum(map(len, brought.files.values())), LIMITS.total - XML
    count = LIMITS.entries - 1
    if total > most or len(brought.files) > count:
        zh = f"一份报文最多 {count} 个附件、共 {most} 字节，现 {len(brought.files)} 个、{total} 字节"
        en = f"{len(brought.files)} files of {total} bytes; a message takes {count} of {most} bytes"
        brought.faults.append(refused("ATT_TOO_BIG", "附件", zh, en).at("/content/attachments"))
