"""Revocation lists: read, judged as lists, and replaced by newer ones. A list whose issuer we know must be its issuer's."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509

from signing.certificate import Certificate
from signing.errors import BadKeyFile
from signing.folder import AUTHORITY, REVOCATIONS, authority_files, list_files, node_path, read_certificate, replace

RevocationList = x509.CertificateRevocationList


def read_lists(folder: Path, known: Sequence[Certificate]) -> tuple[RevocationList, ...]:
    """The lists of a key folder. known: all certificates that it names. Raises BadKeyFile.

    A list of an issuer that we do not know was laid there by the operator, whose word it is; `rotation.expiring` tells so."""
    return tuple(_read(path, known) for _, path in list_files(folder))


def _read(path: Path, known: Sequence[Certificate]) -> RevocationList:
    crl = parsed_list(path.read_bytes(), path)
    issuers = [each for each in known if each.parsed.subject == crl.issuer]
    if issuers and not signed_by(crl, issuers):
        raise BadKeyFile(path, "吊销列表的签名不出自其签发机构 (its issuer did not sign the revocation list)")
    return crl


def signed_by(crl: RevocationList, issuers: Sequence[Certificate]) -> bool:
    return any(issuer.signed_list(crl) for issuer in issuers)


def parsed_list(data: bytes, named: object) -> RevocationList:
    """From PEM or DER, complete lists only: one that tells changes, or a part, would hide what it does not name."""
    try:
        read = x509.load_pem_x509_crl if b"-----BEGIN" in data else x509.load_der_x509_crl
        crl = read(data)
        hiding = [each.oid.dotted_string for each in crl.extensions if _hides(each)]
    except (ValueError, TypeError, x509.InvalidVersion, x509.DuplicateExtension) as error:
        raise BadKeyFile(named, f"不是吊销列表 (not a revocation list): {error}") from error
    if hiding:
        raise BadKeyFile(named, f"不是完整的吊销列表 (not a complete revocation list): {', '.join(hiding)}")
    return crl


def _hides(extension: x509.Extension[x509.ExtensionType]) -> bool:
    """Does it make the list another thing than all that its issuer has revoked (RFC 5280 5.2.4, 5.2.5)?"""
    value = extension.value
    if not isinstance(value, x509.IssuingDistributionPoint):
        return extension.critical
    other = value.only_contains_ca_certs or value.only_contains_attribute_certs or value.indirect_crl
    return other or value.only_some_reasons is not None


def update_list(folder: Path, node: str, data: bytes) -> Path:
    """A newer list of an authority pinned for this sender. Its issuer's signature vouches for it, so no second person is
    needed. Raises BadKeyFile for one that nobody who is pinned has signed, or that is older than the one that is there."""
    place = node_path(folder / "partners", node)
    crl = parsed_list(data, node)
    pinned = {path: read_certificate(path) for owner, path in authority_files(folder) if owner == node}
    issuer = next((path for path, certificate in pinned.items() if certificate.signed_list(crl)), None)
    if issuer is None:
        raise BadKeyFile(node, "吊销列表不出自为其登记的机构 (no authority pinned for this sender signed the list)")
    path = place / (issuer.name.removesuffix(AUTHORITY) + f".{REVOCATIONS}")
    if path.exists() and crl.last_update_utc < parsed_list(path.read_bytes(), path).last_update_utc:
        raise BadKeyFile(path, "比现有的吊销列表旧 (older than the list that is there)")
    replace(path, data)
    return path


def taken(folder: Path, node: str, data: bytes, by: str) -> dict[str, object]:
    """The same, told as an entry for the audit chain: {actor, act, subject, detail}."""
    path = update_list(folder, node, data)
    crl = parsed_list(data, path)
    detail = {
        "list": path.name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "issuer": crl.issuer.rfc4514_string(),
        "issued": crl.last_update_utc.isoformat(),
        "revoked": str(len(crl)),
    }
    return {"actor": by, "act": "key_revoked", "subject": node, "detail": detail}


def stale_since(crl: RevocationList, at: datetime) -> datetime | None:
    """When a newer list was due, if that is past; None while the list is the latest. One without a date is never late."""
    due = crl.next_update_utc
    return due if due is not None and at > due else None
