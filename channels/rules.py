"""What a file in a box may be called, and which names are still being written.

Pure text, the same on every system: a name that one end may not write is one that the other end need not take.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

LONGEST = 250  # bytes of UTF-8: 255 of the file system, less the temporary extension
FORBIDDEN = frozenset('/\\:*?"<>|')  # separators, and what Windows, where the real client lives, cannot write
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # controls, invisible marks, undecodable bytes, line ends
DEVICES = frozenset({"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)})
_PLAIN = re.compile(
    r"[A-Za-z0-9_][A-Za-z0-9_.-]*[A-Za-z0-9_]", re.ASCII
)  # nothing to look for, as in all names of ours
GROWING = (".temp", ".tmp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".writing", ".swp", "~")


def lawful(name: str) -> bool:
    """True when `name` can stand in a folder of any system and names nothing outside of it (reliability B84, P18)."""
    if not name or name[-1] in ". " or name.split(".")[0].rstrip().casefold() in DEVICES:
        return False
    if _PLAIN.fullmatch(name):
        return len(name) <= LONGEST
    if any(char in FORBIDDEN or unicodedata.category(char) in UNSEEN for char in name):
        return False
    return len(name.encode()) <= LONGEST


def waiting(name: str) -> bool:
    """True for hidden and temporary names: somebody still writes there, nobody reads (reliability B85)."""
    return name.startswith((".", "~$")) or name.casefold().endswith(GROWING)


def escaped(name: str) -> str:
    """`name` as one printable line: what is invisible or undecodable stands as its escape."""
    return "".join(char if char.isprintable() and char != "\\" else _escape(char) for char in name)


def ours(name: str, mtime_ns: int) -> str:
    """The name under which a file with an unlawful name is kept (FILE_NAME); the same file, the same name."""
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"renamed_{digest[:16]}_{mtime_ns}"


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
