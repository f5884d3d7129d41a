"""The key folder: our own keys, our partners' certificates, and who signs with what.

own/<node>.key.pem              PKCS#8, readable by its owner only, encrypted where a passphrase is given
own/<node>.cert.pem
partners/<node>/<serial>.cert.pem
partners/<node>/crl.pem         optional, a revocation list of the partner's issuer
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from signing.certificate import Certificate
from signing.errors import BadKeyFile, KeyUnavailable
from signing.registry import CERTIFICATE, Registry, certificate_files, read_certificate
from signing.sign import Signer
from signing.software import SoftwareKey
from signing.suites import SUITES, PrivateKey, suite_of

__all__ = ["Certificate", "KeyRow", "Registry", "listed", "load_signer", "make_own", "trust"]

KEY = ".key.pem"
SKEW = timedelta(minutes=5)
"""A new certificate is valid from a little before now: two machines' clocks differ."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One certificate of the key folder, as `gateway keys list` shows it. Times are aware, UTC."""

    role: str  # own | partner
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
    encrypted: bool | None  # is the private key locked by a passphrase; None where there is none
    path: Path


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
    """A new key and its self-signed certificate (CN = node, O = name). Raises BadKeyFile where the node has one already:
    a key is never overwritten."""
    own = _node_path(folder / "own", node_id)
    own.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_key = SUITES[suite].make_key
    if make_key is None:
        raise BadKeyFile(own, f"{suite} 不能生成密钥 ({suite} makes no keys)")
    key = make_key()
    certificate = _self_signed(key, node_id, name, now, days, _HASHES[SUITES[suite].hash_name])
    lock: KeySerializationEncryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    _create(own.with_name(node_id + KEY), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock), mode=0o600)
    _create(own.with_name(node_id + CERTIFICATE), certificate.public_bytes(Encoding.PEM), mode=0o644)


def load_signer(folder: Path, node_id: str, *, passphrase: bytes | None = None, suite: str | None = None) -> Signer:
    """Our own key, ready to sign. Its suite is its certificate's unless one is named. Raises KeyUnavailable."""
    path = _node_path(folder / "own", node_id)
    key_path, certificate_path = path.with_name(node_id + KEY), path.with_name(node_id + CERTIFICATE)
    try:
        certificate = read_certificate(certificate_path)
        key = load_pem_private_key(key_path.read_bytes(), passphrase)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm, BadKeyFile) as error:
        raise KeyUnavailable(f"{key_path}: {error}") from error
    chosen = SUITES.get(suite) if suite else suite_of(certificate)
    if chosen is None or not chosen.fits(certificate):
        raise KeyUnavailable(f"{certificate_path}: {certificate.algorithm} 不能用于 {suite or '—'} (does not fit)")
    if key.public_key() != certificate.public_key:
        raise KeyUnavailable(f"{key_path} 与证书不配对 (is not the certificate's key)")
    return SoftwareKey(node_id, chosen.name, certificate, key)


def trust(folder: Path, sender: str, pem: bytes) -> Certificate:
    """Register a partner's certificate (PEM or DER). The same again changes nothing. Raises BadKeyFile."""
    place = _node_path(folder / "partners", sender)
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
    whole = place / f".{path.name}.{os.getpid()}"  # a reader of the folder sees no half-written file
    whole.write_bytes(certificate.pem())
    whole.replace(path)
    return certificate


def listed(folder: Path) -> tuple[KeyRow, ...]:
    """Every certificate of the folder, own ones first. Raises BadKeyFile."""
    return tuple(_row(role, node, path) for role, node, path in certificate_files(folder))


def _row(role: str, node: str, path: Path) -> KeyRow:
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
        encrypted=_is_encrypted(path.with_name(node + KEY)) if role == "own" else None,
        path=path,
    )


def _is_encrypted(key_path: Path) -> bool | None:
    try:
        return b"ENCRYPTED" in key_path.read_bytes()
    except OSError:
        return None


def _node_path(folder: Path, node_id: str) -> Path:
    """A node's place. Its name becomes a file name: letters, digits, `_` and `-` only."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", node_id):
        raise BadKeyFile(folder, f"节点代码 {node_id!r} 不能作文件名 (not a node id)")
    return folder / node_id


def _self_signed(
    key: PrivateKey, node_id: str, name: str, now: datetime, days: int, algorithm: hashes.SHA256 | hashes.SHA512
) -> x509.Certificate:
    subject = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, name), x509.NameAttribute(NameOID.COMMON_NAME, node_id)]
    )
    usage = dict.fromkeys(_USAGES, False) | {"digital_signature": True}
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .sign(key, algorithm)
    )


_HASHES: dict[str, hashes.SHA256 | hashes.SHA512] = {"sha256": hashes.SHA256(), "sha512": hashes.SHA512()}
_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


def _create(path: Path, data: bytes, *, mode: int) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise BadKeyFile(path, "已存在，不覆盖 (exists and is not overwritten)") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
