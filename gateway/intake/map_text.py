"""The text of an enterprise's file: UTF-8 or GB18030, told apart by what the map knows of the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.intake.map_format import Encoding
from gateway.intake.map_rows import BadSheet, told

LOST = "\ufffd"  # stands where bytes could not be read
_MARK = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_HAN_IN_A_ROW = 4  # so many Chinese characters of 3-byte UTF-8 do not come about by chance in GB18030


@dataclass(frozen=True, slots=True)
class Text:
    text: str
    encoding: Encoding

    def strange(self, line: str) -> bool:
        """Whether a line was written in another encoding than the file: unreadable, or UTF-8 read as GB18030."""
        return LOST in line or (self.encoding is Encoding.GB18030 and not line.isascii() and _is_utf_8(line))


def decode(data: bytes, encoding: Encoding, fits: Callable[[str], int]) -> Text:
    """Bytes that cannot be read become `LOST`. fits: how much of what the map knows a text shows. Raises BadSheet."""
    if data.startswith(_UTF_16):
        zh, en = "文件是 UTF-16，请另存为 UTF-8 或 GB18030", "the file is UTF-16; save it as UTF-8 or GB18030"
        raise BadSheet(told("IMP_ENCODING", "", "UTF-16", zh, en))
    if encoding is Encoding.GB18030 and not data.startswith(_MARK):
        return Text(data.decode("gb18030", "replace"), Encoding.GB18030)
    utf_8 = Text(data.decode("utf-8-sig", "replace"), Encoding.UTF_8)
    if encoding is Encoding.UTF_8 or data.startswith(_MARK):
        return utf_8
    chinese = Text(data.decode("gb18030", "replace"), Encoding.GB18030)
    return max((utf_8, chinese), key=lambda found: (fits(found.text), LOST not in found.text))


def _is_utf_8(line: str) -> bool:
    try:
        meant = line.encode("gb18030").decode("utf-8")
    except UnicodeError:
        return False
    return sum(0x3400 <= ord(c) <= 0x9FFF for c in meant) >= _HAN_IN_A_ROW
