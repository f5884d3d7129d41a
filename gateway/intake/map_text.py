"""The text of an enterprise's file: UTF-8 or GB18030, told apart by what the map knows of the file."""

from __future__ import annotations

from collections.abc import Callable

from gateway.intake.map_format import Encoding
from gateway.intake.map_rows import BadSheet, told

LOST = "\ufffd"  # stands where bytes could not be read
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_HAN_IN_A_ROW = 4  # so many Chinese characters of 3-byte UTF-8 do not come about by chance in GB18030


def decode(data: bytes, encoding: Encoding, fits: Callable[[str], int]) -> str:
    """The text; bytes that cannot be read become `LOST`. fits: how much of what is known a text shows."""
    if data.startswith(_UTF_16):
        raise BadSheet(told("IMP_ENCODING", "", "UTF-16", "文件是 UTF-16，请另存为 UTF-8 或 GB18030",
                            "the file is UTF-16; save it as UTF-8 or GB18030"))  # fmt: skip
    if data.startswith(b"\xef\xbb\xbf") or encoding is Encoding.UTF_8:
        return data.decode("utf-8-sig", "replace")
    if encoding is Encoding.GB18030:
        return data.decode("gb18030", "replace")
    utf_8, chinese = data.decode("utf-8", "replace"), data.decode("gb18030", "replace")
    return max((utf_8, chinese), key=lambda text: (fits(text), LOST not in text))


def foreign(text: str, encoding_of_file: str) -> bool:
    """Whether a line that was read as GB18030 is UTF-8 in truth."""
    if encoding_of_file != "gb18030" or text.isascii():
        return False
    try:
        meant = text.encode("gb18030").decode("utf-8")
    except UnicodeError:
        return False
    return sum(0x3400 <= ord(c) <= 0x9FFF for c in meant) >= _HAN_IN_A_ROW
