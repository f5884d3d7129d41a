"""What a kind says of the files that travel with it, and whether a declaration's list of them keeps to it.

The list is a group of the kind like any other (`attachments`, its fields in groups.toml); sizes and digests in it are taken
from the files. What the files themselves hold is looked at by `parcel.attachment`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mappings.codes import code_list
from mappings.faults import Fault, fault

GROUP = "attachments"
CODES = "attached_document_codes_edoc"
PDF = ("pdf",)
KB = 1 << 10
FILE_KB, PAGE_KB = 4096, 400  # R-02, where a kind says nothing else


@dataclass(frozen=True, slots=True)
class AttachedClass:
    """One class of attached documents in its kind. most: how many files of it, 0 for any number. suffixes: small letters."""

    code: str
    zh: str
    en: str
    required: bool = False
    most: int = 1
    suffixes: tuple[str, ...] = PDF


@dataclass(frozen=True, slots=True)
class Attaching:
    """The `[attachments]` of a kind. classes: empty where the manual's screen asks for no class.

    default: the class of a file that names none. others: any other class of the list may be attached, one PDF each.
    file_bytes, page_bytes: 4 MB and 400 KB a page, or 200 KB where the manual says so (002 §4.4.6).
    """

    classes: Mapping[str, AttachedClass]
    source: str
    default: str = ""
    others: bool = False
    file_bytes: int = FILE_KB * KB
    page_bytes: int = PAGE_KB * KB

    @property
    def requires(self) -> bool:
        return any(each.required for each in self.classes.values())

    def named(self, code: str) -> AttachedClass | None:
        """The class of that code; None where this kind has no such class."""
        if not self.classes and not code:
            return AttachedClass("", "", "", most=0)
        if found := self.classes.get(code):
            return found
        listed = code_list(CODES).rows.get(code) if self.others else None
        return AttachedClass(code, listed.name, listed.name_en) if listed else None


def misattached(attaching: Attaching, content: Mapping[str, Any], at: str) -> Iterator[Fault]:
    """Classes that this kind does not take, takes only once, or cannot do without."""
    counted: Counter[str] = Counter()
    for index, item in enumerate(content.get(GROUP) or ()):
        code = str(item.get("class_code", ""))
        place, known = f"{at}/{GROUP}/{index}/class_code", attaching.named(code)
        counted[code] += 1
        if known is None:
            yield fault("ATT_CLASS", place, code, want=_known(attaching))
        elif known.most and counted[code] == known.most + 1:
            yield fault("ATT_CLASS_TWICE", place, code, zh=known.zh, en=known.en or known.zh, most=known.most)
    for wanted in attaching.classes.values():
        if wanted.required and not counted[wanted.code]:
            yield fault("ATT_REQUIRED", f"{at}/{GROUP}", zh=wanted.zh, en=wanted.en or wanted.zh, code=wanted.code)


def _known(attaching: Attaching) -> str:
    if not attaching.classes:
        return "—"
    words = [f"{each.code} {each.zh}" for each in attaching.classes.values()]
    return "、".join([*words, code_list(CODES).zh] if attaching.others else words)
