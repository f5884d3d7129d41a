"""Why an attachment, or the zip around it, is turned away (codes ATT_* and FILE_EMPTY; reliability B88-B97)."""

from __future__ import annotations

from parcel.errors import ParcelError


class AttachmentRefused(ParcelError):
    """`name`: the file or the entry. `detail`: what is wrong with it, in both languages."""


def corrupt(name: str, zh: str, en: str) -> AttachmentRefused:
    return refused("ATT_CORRUPT", name, zh, en)


def bomb(name: str, zh: str, en: str) -> AttachmentRefused:
    return refused("ATT_BOMB", name, zh, en)


def refused(code: str, name: str, zh: str, en: str, **evidence: object) -> AttachmentRefused:
    """The manual's sentence names suffix and limits (ATT_TYPE, ATT_TOO_BIG): its own, where the caller has no others."""
    limits = {"suffixes": "pdf", "file": "4M", "page": "400K"} | evidence
    return AttachmentRefused(code, name=printable(name), detail=f"{zh} ({en})", **limits)


def printable(text: str) -> str:
    """A foreign name as it may stand in a sentence: nothing that moves a cursor or turns the reading direction."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[:80])
