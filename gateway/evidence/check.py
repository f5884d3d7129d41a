"""Checking a bundle on another machine: nothing but its bytes, the certificates that are trusted, and the known kinds.

The zip is read as a table that agrees with itself (`parcel.package.directory`), then the manifest's seal is judged at the time
that it states, and everything else is held against the manifest. What the bundle's own certificates say counts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from gateway.errors import GatewayError
from gateway.evidence.bundle import MANIFEST
from gateway.evidence.manifest import EntryLine, Manifest, made_at, read
from gateway.evidence.names import misnamed
from gateway.evidence.seals import HOLDS, Judged, judge
from gateway.evidence.states import DocumentCheck, documents
from mappings.clock import moment
from mappings.faults import Refused
from mappings.load import Contract
from mappings.parser import parse
from parcel.package.directory import ZipLimits, entries
from signing.registry import Registry
from signing.verify import Verified, verify

LIMITS = ZipLimits(size=512 << 20, entries=5000, entry=64 << 20, total=1 << 30, ratio=1100, folders=True)
"""Deflate itself packs 1032 to 1 at most; the total is what bounds the work."""
_TRAVELLED = ("out", "in")


@dataclass(frozen=True, slots=True)
class Finding:
    """What does not hold. entry: where, "" for the bundle as a whole."""

    entry: str
    refused: Refused


@dataclass(frozen=True, slots=True)
class SealCheck:
    """One file that travelled. state: holds, none, broken (as the manifest says too), or refused: that is a finding."""

    entry: str
    state: str
    signer: str = ""
    suite: str = ""
    reason: str = ""


@dataclass(slots=True)
class Checked:
    signer: str = ""
    suite: str = ""
    manifest: Manifest | None = None
    seals: list[SealCheck] = field(default_factory=list)
    documents: list[DocumentCheck] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def valid(self) -> bool:
        return self.manifest is not None and not self.findings

    def add(self, entry: str, refused: Refused) -> None:
        self.findings.append(Finding(entry, refused))


def check(data: bytes, *, registry: Registry, contract: Contract) -> Checked:
    """Everything at once: one finding hides no other, unless the manifest's own seal does not hold."""
    checked = Checked()
    try:
        files = _unzipped(data)
        manifest, verified = _manifest(files, registry)
    except Refused as refused:
        checked.add(MANIFEST if refused.code.startswith("SIG_") else "", refused)
        return checked
    checked.signer, checked.suite, checked.manifest = verified.signer, verified.suite, manifest
    _check_entries(files, manifest, checked)
    judged = _check_seals(files, manifest, registry, checked)
    for name, why in misnamed(judged):
        checked.add(name, why)
    for found in documents(files, manifest, contract):
        checked.documents.append(found)
        checked.findings += [Finding(found.file, each) for each in found.findings]
    return checked


def _unzipped(data: bytes) -> dict[str, bytes]:
    try:
        return {entry.name: entry.content() for entry in entries(data, "zip", LIMITS)}
    except Refused as refused:
        raise GatewayError("EVI_FORMAT", detail=refused.reason) from refused


def _manifest(files: Mapping[str, bytes], registry: Registry) -> tuple[Manifest, Verified]:
    """Judged at the time that it states, so that it outlives its certificate; sealed with the certificate that it names as
    its gateway's. Whoever checks may know that certificate under another name, so names are not compared."""
    if MANIFEST not in files:
        raise GatewayError("EVI_FORMAT", detail=f"没有 {MANIFEST} (no {MANIFEST})")
    try:
        claimed = parse(files[MANIFEST])
        verified = verify(files[MANIFEST], registry=registry, at=moment(made_at(claimed)))
        manifest = read(verified.root)
    except (ValueError, OverflowError) as bad:
        raise GatewayError("EVI_FORMAT", detail=f"{MANIFEST}: {bad}") from bad
    own = [entry.more for entry in manifest.entries if entry.more.get("node") == manifest.gateway]
    if verified.certificate.fingerprint not in [more.get("fingerprint") for more in own]:
        raise GatewayError("SIG_SENDER", signer=verified.signer, sender=manifest.gateway)
    return manifest, verified


def _check_entries(files: Mapping[str, bytes], manifest: Manifest, checked: Checked) -> None:
    listed = {entry.name: entry for entry in manifest.entries}
    for name, entry in listed.items():
        if name not in files:
            checked.add(name, GatewayError("EVI_MISSING", name=name))
        elif (len(files[name]), sha256(files[name]).hexdigest()) != (entry.size, entry.sha256):
            checked.add(name, GatewayError("EVI_CHANGED", name=name))
    for name in files.keys() - listed.keys() - {MANIFEST}:
        checked.add(name, GatewayError("EVI_ADDED", name=name))


def _check_seals(
    files: Mapping[str, bytes], manifest: Manifest, registry: Registry, checked: Checked
) -> Sequence[tuple[EntryLine, Judged]]:
    """Each sealed message by itself, at its own time. One that was taken in broken is evidence of just that."""
    judged = list[tuple[EntryLine, Judged]]()
    for entry in manifest.entries:
        if entry.role not in _TRAVELLED or entry.name not in files:
            continue
        seal, state = _seal(files[entry.name], entry, registry), entry.more.get("seal", "")
        judged.append((entry, seal))
        if state == HOLDS and seal.state != HOLDS:
            assert seal.reason
            checked.add(entry.name, seal.reason)
            state = "refused"
        elif seal.certificate and seal.certificate.fingerprint != entry.more.get("certificate"):
            told = {"signer": seal.signer, "sender": entry.more.get("signer", "")}
            checked.add(entry.name, GatewayError("SIG_SENDER", **told))
        reason = seal.reason.code if seal.reason and state != HOLDS else ""
        checked.seals.append(SealCheck(entry.name, state, seal.signer, seal.suite, reason))
    return judged


def _seal(body: bytes, entry: EntryLine, registry: Registry) -> Judged:
    at = entry.more.get("at", "")
    return judge(body, registry=registry, at=int(at) if at.isdigit() and len(at) <= len(str(1 << 53)) else 0)
