"""Names of files inside a package, as every system reads them alike (reliability B84, B95)."""

from __future__ import annotations

import re
import unicodedata

from parcel.attachment_errors import AttachmentRefused, refused

LENGTH = 255  # bytes of UTF-8: the longest name of a file on Linux

_DEVICES = re.compile(r"(?i:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\..*)?")
_FORBIDDEN = re.compile(r'[\\:*?"<>|]')


def check_name(name: str, *, folders: bool = False) -> str:
    """The name itself, when it leaves its folder nowhere: not by slash, drive, backslash, device, or what eyes don't see.

    folders: names with `/` are read, each part checked. Raises AttachmentRefused ATT_PATH.
    """
    parts = name.split("/") if folders else [name]
    for problem in (_problem(part) for part in parts):
        if problem:
            raise _bad(name, *problem)
    if len(name.encode("utf-8", "replace")) > LENGTH:
        raise _bad(name, f"长于 {LENGTH} 字节", f"longer than {LENGTH} bytes")
    return name


def same_name(name: str) -> str:
    """What two names have in common that a file system may take for one: case and composition of letters."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def suffix(name: str) -> str:
    """The ending in small letters without its dot; empty where there is none."""
    return name.rpartition(".")[2].lower() if "." in name.strip(".") else ""


def _problem(part: str) -> tuple[str, str] | None:
    if part in ("", ".", ".."):
        return "空名或指向上级文件夹", "an empty name or one that leads out of the folder"
    if "/" in part:
        return "包内不能有文件夹", "no folders in a package"
    if _FORBIDDEN.search(part):
        return "含盘符、反斜杠或通配符", "a drive, a backslash or a wildcard"
    if not part.isprintable() or any(unicodedata.category(c) in ("Cf", "Cs", "Co", "Cn") for c in part):
        return "含不可见字符", "characters that nobody sees"
    if part != part.strip() or part.endswith("."):
        return "首尾有空格或句点", "a blank or a dot at an end"
    if _DEVICES.fullmatch(part):
        return "是设备名", "the name of a device"
    return None


def _bad(name: str, zh: str, en: str) -> AttachmentRefused:
    return refused("ATT_PATH", name, zh, en)
