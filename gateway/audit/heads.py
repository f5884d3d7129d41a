"""`audit/heads.jsonl`: heads of the chains, signed and kept apart from the database; one line each, appended only.

A line names its number, its moment, the audit chain's head, the documents that grew with the beginning of each head and
a digest over all of these heads, and the hash of the line before; its signature is over the line's text up to there.
A torn last line (power cut) is closed by the next one, which names its hash (reliability F61).
"""

from __future__ import annotations

import hashlib
import json
import os
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from signing.registry import Registry
from signing.sign import Signer
from signing.suites import SUITES
from signing.verify import check_certificate

_SIGNATURE = b',"signature":"'
_BLOCK = 64 * 1024
SHORT = 8  # hex digits of each head: enough to name the document that differs; the digest holds them all


@dataclass(frozen=True, slots=True)
class Line:
    """until: µs, everything that had changed by then was looked at. documents: (enterprise_id, number, count, short head)."""

    n: int
    at: int
    until: int
    gateway: str
    audit: tuple[int, str]
    documents: tuple[tuple[int, str, int, str], ...]
    digest: str
    previous: str
    recovered: str = ""  # hash of the torn line that this one closes


def digest(heads: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(heads).encode()).hexdigest()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def signed(line: Line, signer: Signer) -> bytes:
    """The line's text with its signature, without line end. Raises KeyUnavailable."""
    values: dict[str, Any] = {
        "n": line.n, "at": line.at, "until": line.until, "gateway": line.gateway, "audit": line.audit,
        "documents": line.documents, "digest": line.digest, "previous": line.previous, "recovered": line.recovered,
        "key": signer.key_name, "suite": signer.suite,
    }  # fmt: skip
    text = json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode()[:-1]
    (value,) = signer.sign([text])
    return text + _SIGNATURE + b64encode(value) + b'"}'


def read(text: bytes) -> Line | None:
    """A whole line; None for a torn or a foreign one."""
    try:
        values = json.loads(text)
        documents = tuple(
            (int(e), str(number), int(count), str(head)) for e, number, count, head in values["documents"]
        )
        count, head = values["audit"]
        return Line(
            int(values["n"]), int(values["at"]), int(values["until"]), str(values["gateway"]), (int(count), str(head)),
            documents, str(values["digest"]), str(values["previous"]), str(values["recovered"]),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError):
        return None


def signature_fault(text: bytes, registry: Registry, line: Line) -> str:
    """Why the line's signature does not hold; "" where it does. Only the gateway's own certificates count."""
    from mappings.clock import moment
    from mappings.faults import Refused

    body, found, rest = text.rpartition(_SIGNATURE)
    try:
        values = json.loads(text)
        value = b64decode(rest.removesuffix(b'"}') if found else b"", validate=True)
    except (ValueError, NotBase64):
        return "SIG_MALFORMED"
    suite = SUITES.get(str(values.get("suite")))
    named = [c for c in registry.named(str(values.get("key", ""))) if registry.owner(c) == line.gateway]
    if suite is None or suite.sign is None or not named:
        return "SIG_KEY"
    for certificate in named:
        if suite.fits(certificate) and suite.verify(certificate, value, body):
            try:
                check_certificate(certificate, registry=registry, at=moment(line.at))
            except Refused as refused:
                return refused.code
            return ""
    return "SIG_VALUE"


class HeadsFile:
    """The file, read from either end and appended to."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def texts(self) -> Iterator[bytes]:
        """Every line as it stands, the torn one at the end too; nothing where there is no file."""
        try:
            with self.path.open("rb") as file:
                for text in file:
                    yield text.removesuffix(b"\n")
        except FileNotFoundError:
            return

    def from_the_end(self) -> Iterator[bytes]:
        """The same lines, the last one first, read in blocks."""
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return
        with file:
            at, rest = file.seek(0, os.SEEK_END), b""
            if at and self._ends_whole(file, at):
                at -= 1
            while at:
                step = min(_BLOCK, at)
                at -= step
                file.seek(at)
                first, *lines = (file.read(step) + rest).split(b"\n")
                yield from reversed(lines)
                rest = first
            if rest:
                yield rest

    @staticmethod
    def _ends_whole(file: Any, at: int) -> bool:
        file.seek(at - 1)
        return bool(file.read(1) == b"\n")

    def append(self, texts: Sequence[bytes]) -> None:
        """Durable when this returns. A torn line before is closed first."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.path.open("ab+") as file:
            at = file.seek(0, os.SEEK_END)
            closing = b"" if not at or self._ends_whole(file, at) else b"\n"
            file.write(closing + b"".join(text + b"\n" for text in texts))
            file.flush()
            os.fsync(file.fileno())
