"""Retiring a certificate: its file stays, its use ends at a stated moment, and the reason stands beside it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from signing.errors import BadKeyFile
from signing.folder import (
    AUTHORITY,
    CERTIFICATE,
    RETIRED,
    authority_files,
    certificate_files,
    create,
    facts_text,
    node_path,
    read_certificate,
    read_facts,
)


def retire(folder: Path, node: str, serial: str, at: datetime, why: str) -> Path:
    """From `at` (aware) on, nothing new is sealed with this certificate of ours, and nothing that arrives with this one of a
    partner's holds. Returns the file that says so. Raises BadKeyFile for a certificate that is not there, or is retired."""
    path = find(folder, node, serial)
    note = note_path(path)
    create(note, retirement_note(at, why), mode=0o644)
    return note


def retirement_note(at: datetime, why: str) -> bytes:
    """What a note says. Raises BadKeyFile without a reason or with a time of no zone."""
    if at.tzinfo is None or not why.strip():
        raise BadKeyFile(RETIRED, "停用需要带时区的时间和原因 (needs an aware time and a reason)")
    return facts_text({"at": at.isoformat(), "why": why})


def find(folder: Path, node: str, serial: str) -> Path:
    """The file of a node's certificate or authority with this serial, in hex of either case. Raises BadKeyFile."""
    node_path(folder, node)
    wanted = serial.lower().lstrip("0")
    everything = [(owner, path) for _, owner, path in certificate_files(folder)] + authority_files(folder)
    found = [
        path for owner, path in everything if owner == node and read_certificate(path).serial.lstrip("0") == wanted
    ]
    if len(found) != 1:
        raise BadKeyFile(
            folder, f"{node} {serial}: 找到 {len(found)} 张证书，应为 1 张 ({len(found)} certificates, wanted 1)"
        )
    return found[0]


def note_path(certificate_path: Path) -> Path:
    """`N.2.cert.pem` has its note in `N.2.retired.json`, `1a.ca.pem` in `1a.ca.retired.json`."""
    ending = CERTIFICATE if certificate_path.name.endswith(CERTIFICATE) else AUTHORITY.removeprefix(".ca")
    return certificate_path.with_name(certificate_path.name.removesuffix(ending) + RETIRED)


def retired_at(certificate_path: Path) -> datetime | None:
    """Since when this certificate is retired; None while it is not. Raises BadKeyFile."""
    note = note_path(certificate_path)
    if not note.exists():
        return None
    try:
        at = datetime.fromisoformat(read_facts(note)["at"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadKeyFile(note, f"at: {error}") from error
    if at.tzinfo is None:
        raise BadKeyFile(note, "at: 缺时区 (no time zone)")
    return at
