"""The key folder's front door: our own keys, our partners' certificates, and who signs with what (names: `folder.py`).

`make_own` and `trust` are for the first key of a home and for demo homes; every later change goes through `drafts.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from signing.certificate import Certificate
from signing.errors import BadKeyFile, KeyUnavailable
from signing.folder import (
    CERTIFICATE,
    KEY,
    Own,
    authority_files,
    certificate_files,
    create,
    node_path,
    own_files,
    read_certificate,
    replace,
)
from signing.making import new_pair
from signing.opened import chosen_suite
from signing.providers import is_locked, provider_of
from signing.registry import Registry
from signing.retirement import retired_at
from signing.rotation import sealing
from signing.sign import Signer
from signing.software import open_file, open_p12
from signing.suites import Suite, suite_of

__all__ = ["Certificate", "KeyRow", "Registry", "listed", "load_signer", "make_own", "trust"]


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One certificate of the key folder, as `gateway keys list` shows it. Times are aware, UTC."""

    role: str  # own | partner | authority
    node: str
    serial: str  # hex
    subject: str
    suite: (
        str  # own: what it seals with; partner: what its key can be verified with by default; empty for an unknown key
    )
    algorithm: str  # `RSA 2048`
    not_before: datetime
    not_after: datetime
    fingerprint: str  # SHA-256, hex
    encrypted: bool | None  # is the private key locked by a passphrase or a PIN; None where there is none
    path: Path
    provider: str = ""  # own: file | pkcs12 | pkcs11 | remote
    retired: datetime | None = None  # since when it is not used any more


def make_own(
    folder: Path,
    node_id: str,
    *,
    name: str,
    passphrase: bytes | None,
    now: datetime,
    days: int = 1095,
    suite: str = "rsa-sha256",
) -> None:
    """A node's first key and its self-signed certificate (CN = node, O = name). Raises BadKeyFile where the node has one
    already: a key is never overwritten, and a further one needs a second person."""
    own = node_path(folder / "own", node_id)
    own.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key, certificate = new_pair(node_id, name=name, passphrase=passphrase, starts=now, days=days, suite=suite)
    create(own.with_name(node_id + KEY), key, mode=0o600)
    create(own.with_name(node_id + CERTIFICATE), certificate, mode=0o644)


def load_signer(
    folder: Path,
    node_id: str,
    *,
    passphrase: bytes | None = None,
    suite: str | None = None,
    at: datetime | None = None,
) -> Signer:
    """Our own key, ready to sign: that of the node's newest certificate which is valid at this moment (`rotation.sealing`).

    passphrase: of the key file, or the PIN of the card. suite: its certificate's unless one is named. Raises KeyUnavailable.
    """
    node_path(folder, node_id)
    own, certificate = sealing(folder, node_id, at)
    return _opened(own, chosen_suite(certificate, suite, own.path), certificate, passphrase)


def _opened(own: Own, suite: Suite, certificate: Certificate, passphrase: bytes | None) -> Signer:
    try:
        provider = provider_of(own)
    except BadKeyFile as bad:
        raise KeyUnavailable(bad.zh) from bad
    if provider.name == "pkcs12":
        return open_p12(own, suite, certificate, provider, passphrase)
    if provider.name == "pkcs11":
        from signing.pkcs11 import TokenKey

        return TokenKey(own.node, suite, certificate, provider, passphrase)
    if provider.name == "remote":
        from signing.remote import RemoteKey

        return RemoteKey(own.node, suite, certificate, provider, passphrase)
    return open_file(own, suite, certificate, passphrase)


def trust(folder: Path, sender: str, pem: bytes) -> Certificate:
    """Register a partner's certificate (PEM or DER). The same again changes nothing. Raises BadKeyFile."""
    place = node_path(folder / "partners", sender)
    try:
        certificate = Certificate.read(pem)
    except ValueError as error:
        raise BadKeyFile(sender, str(error)) from error
    Registry.of_rows(
        [*((node, read_certificate(path)) for _, node, path in certificate_files(folder)), (sender, certificate)]
    )
    path = place / (certificate.serial + CERTIFICATE)
    if path.exists() and read_certificate(path) != certificate:
        raise BadKeyFile(path, "序列号相同而证书不同 (another certificate of the same serial)")
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace(path, certificate.pem())
    return certificate


def listed(folder: Path) -> tuple[KeyRow, ...]:
    """Every certificate of the folder, own ones first. Raises BadKeyFile."""
    own = {each.path: each for each in own_files(folder)}
    rows = [_row(role, node, path, own.get(path)) for role, node, path in certificate_files(folder)]
    return (*rows, *(_row("authority", node, path, None) for node, path in authority_files(folder)))


def _row(role: str, node: str, path: Path, own: Own | None) -> KeyRow:
    certificate = read_certificate(path)
    suite = suite_of(certificate)
    return KeyRow(
        role=role,
        node=node,
        serial=certificate.serial,
        subject=certificate.subject,
        suite=suite.name if suite else "",
        algorithm=certificate.algorithm,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        fingerprint=certificate.fingerprint,
        encrypted=is_locked(own) if own else None,
        path=path,
        provider=provider_of(own).name if own else "",
        retired=retired_at(path),
    )
