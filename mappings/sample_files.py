"""Small files for samples: a page of PDF that says what it stands for, and a picture of one dot."""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from collections.abc import Mapping
from typing import Any

from mappings.attaching import AttachedClass, Attaching

_PAGE = """1 0 obj
<< /Type /Catalog /Pages 2 0 R >>
endobj
2 0 obj
<< /Type /Pages /Kids [3 0 R] /Count 1 >>
endobj
3 0 obj
<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>
endobj
4 0 obj
<< /Length {length} >>
stream
{stream}
endstream
endobj
5 0 obj
<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>
endobj
"""
_DOT = 8  # pixels a side


def pdf(text: str) -> bytes:
    """One A4 page with one line. text: ASCII, of which brackets and backslashes are left out."""
    line = "".join(c for c in text if c.isascii() and c.isprintable() and c not in "()\\")
    stream = f"BT /F1 12 Tf 72 770 Td ({line}) Tj ET"
    body = "%PDF-1.4\n" + _PAGE.format(length=len(stream), stream=stream)
    objects = [body.index(f"\n{n} 0 obj") + 1 for n in range(1, 6)]
    table = "".join(f"{at:010d} 00000 n \n" for at in objects)
    tail = f"xref\n0 6\n0000000000 65535 f \n{table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return (body + tail).encode("ascii")


def png() -> bytes:
    """A small white square."""
    head = struct.pack(">2I5B", _DOT, _DOT, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\x00" + b"\xff" * _DOT) * _DOT)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def attachments(attaching: Attaching, *, tag: str) -> list[dict[str, Any]]:
    """One file of every class, as a declaration gives them by `data`. tag: makes their names differ from others'."""
    classes = tuple(attaching.classes.values()) or (AttachedClass("", "", "", most=0),)
    return [_attached(each, tag) for each in classes]


def listed(item: Mapping[str, Any]) -> dict[str, Any]:
    """What a message says of such a file."""
    data = base64.b64decode(item["data"])
    code = {"class_code": item["class_code"]} if "class_code" in item else {}
    sha256 = hashlib.sha256(data).hexdigest()
    return {**code, "file_name": item["name"], "file_size": len(data), "file_sha256": sha256, "page_count": 1}


def _attached(of: AttachedClass, tag: str) -> dict[str, Any]:
    picture = "png" in of.suffixes
    data = png() if picture else pdf(f"SAMPLE {of.code} {tag}")
    name = f"{of.zh or '附件'}{tag}.{'png' if picture else 'pdf'}"
    code = {"class_code": of.code} if of.code else {}
    return {**code, "name": name, "data": base64.b64encode(data).decode("ascii")}


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
