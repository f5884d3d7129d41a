"""Evidence of one document: one zip that another machine can check with nothing but the zip and trusted certificates.

    bundle(home, number)                           the zip's bytes, the same for the same ledger and time
    evidence_check.check(data, registry=, contract=)   what of it holds

Exact bytes are evidence: nothing inside is masked, the certificates of e-port cards neither; README.txt says so.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from hashlib import sha256

from gateway.errors import GatewayError
from gateway.evidence.manifest import DocumentLine, EntryLine, Manifest, write
from gateway.evidence.papers import Paper, attachments, attempts, certificates, documents, sums, travelled
from gateway.evidence.readme import readme
from gateway.evidence.seals import Judged, judge
from gateway.home import Home
from ledger.evidence import Dossier
from mappings.clock import BEIJING, moment
from signing.errors import KeyUnavailable
from signing.sign import seal_document

MANIFEST, README, SUMS = "manifest.xml", "README.txt", "SHA256SUMS"


def bundle(home: Home, number: str, *, enterprise: str = "") -> bytes:
    """The zip. Raises GatewayError BIZ_UNKNOWN, KeyUnavailable: without a seal there is no evidence."""
    now = home.clock.now()
    found = home.ledger.dossier(number, enterprise=enterprise)
    if found is None:
        raise GatewayError("BIZ_UNKNOWN", found=number)
    signer = home.signer(home.settings.node)
    if signer is None:
        raise KeyUnavailable(home.settings.node)
    judged = [judge(each.body, registry=home.registry, at=each.at) for each in found.files]
    papers = _papers(home, found, judged, signer.certificate.fingerprint)
    named = {paper.line.get("fingerprint", ""): paper.name for paper in papers if paper.role == "certificate"}
    own = (signer.key_name, named[signer.certificate.fingerprint], signer.suite)
    papers = [Paper(README, readme(found, papers, named, own).encode(), "readme"), *papers]
    papers.append(Paper(SUMS, sums(papers), "sums"))
    manifest = Manifest(home.settings.node, now, _document_lines(found), tuple(_entry(paper) for paper in papers))
    sealed = seal_document(write(manifest), signer=signer)
    return _zipped([Paper(MANIFEST, sealed, "manifest"), *papers], now)


def _papers(home: Home, found: Dossier, judged: Sequence[Judged], own: str) -> list[Paper]:
    files = travelled(found.files, judged)
    used = {each.certificate for each in judged if each.certificate is not None}
    used |= {each for each in home.registry.everybody() if each.fingerprint == own}
    return [
        *documents(found, files, home.contract),
        *files,
        *attachments(found.attached),
        attempts(found.attempts),
        *certificates(used, home.registry),
    ]


def _document_lines(found: Dossier) -> tuple[DocumentLine, ...]:
    return tuple(
        DocumentLine(
            each.row.number, each.relation, each.row.kind, each.row.version, each.row.state, each.row.since,
            each.row.validity, len(each.lines), each.head, "document/events.jsonl" if each is found.itself else "related/events.jsonl",
        )
        for each in found.documents
    )  # fmt: skip


def _entry(paper: Paper) -> EntryLine:
    return EntryLine(paper.name, len(paper.data), sha256(paper.data).hexdigest(), paper.role, paper.line)


def _zipped(papers: Iterable[Paper], now: int) -> bytes:
    """Fixed order, fixed times (two seconds is all that a zip knows), no folders, nothing streamed."""
    out = io.BytesIO()
    at = moment(now).astimezone(BEIJING)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for paper in papers:
            info = zipfile.ZipInfo(paper.name, (at.year, at.month, at.day, at.hour, at.minute, at.second))
            info.create_system, info.external_attr, info.compress_type = 3, 0o100644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(info, paper.data, compresslevel=6)
    return out.getvalue()
