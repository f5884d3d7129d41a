"""Bytes become text here, when they are no other format: by mark and declaration, which must agree, and never by a guess.

What decodes may still be Chinese that somebody decoded wrongly before us: mojibake is held, with what it probably meant.
Sources: reliability B18, B19, B32-B38, profile "Codes and rules".
"""

from __future__ import annotations

import re
from itertools import islice

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


class ParseRefused(Refused):
    """These bytes are no message that may be read: a code XML_*, FILE_*, MOJIBAKE or XSD_LOCATION."""


_OTHER_FORMATS = re.compile(
    rb"(?P<PDF>%PDF)|(?P<ZIP>PK\x03\x04)|(?P<gzip>\x1f\x8b)|(?P<JSON>[{\[])"
    rb"|(?P<HTML>(?s:(?><\?xml .*?\?>|<!--.*?-->|[ \t\r\n]+)*+)(?i:<!doctype\s+html|<html[\s>/]))"
)


def check_format(data: bytes) -> None:
    """Refuse what is no XML at first sight, by its own name: a login page, a PDF."""
    if other := _OTHER_FORMATS.match(data[:512].lstrip(b"\xef\xbb\xbf \t\r\n")):
        name = other.lastgroup or ""
        what = "收到的是网页，不是报文" if name == "HTML" else f"看起来是 {name}，不是报文"
        raise ParseRefused("XML_NOTWF", line=1, detail=f"{what} (looks like {name})")


DECLARATION = re.compile(
    r"<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*[\"']([\w.:-]*)[\"']"
    r"(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*[\"']([\w.:-]*)[\"'])?"
    r"(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*[\"'](?:yes|no)[\"'])?[ \t\r\n]*\?>"
)


def decode(data: bytes) -> str:
    """The whole file as text, by mark and declaration, which must agree. What is looked over is what is parsed."""
    mark = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb": "utf-8"}.get(data[:2], "")
    if b"\x00\x00" in data[:4] or (not mark and b"\x00" in data[:4]) or data[:4] == b"\x4c\x6f\xa7\x94":
        raise _bad_encoding("UTF-32、无标记的 UTF-16 或 EBCDIC (UTF-32, UTF-16 without mark, or EBCDIC)")
    declaration = DECLARATION.match(data[:512].decode(mark or "latin-1", "ignore").lstrip("\ufeff"))
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


def check_mojibake(text: str) -> None:
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
