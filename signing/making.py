"""New keys and their self-signed certificates."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from signing.errors import BadKeyFile
from signing.suites import SUITES, PrivateKey

SKEW = timedelta(minutes=5)
"""A new certificate is valid from a little before now: two machines' clocks differ."""


def new_pair(
    node_id: str, *, name: str, passphrase: bytes | None, starts: datetime, days: int, suite: str
) -> tuple[bytes, bytes]:
    """(key, certificate), both PEM; the certificate's subject is CN = node, O = name. Raises BadKeyFile."""
    row = SUITES.get(suite)
    if row is None or row.make_key is None or row.certify is None:
        raise BadKeyFile(node_id, f"{suite} 不能生成密钥 ({suite} makes no keys)")
    key = row.make_key()
    certificate = row.certify(_builder(node_id, name, starts, days), key)
    return locked(key, passphrase), certificate.public_bytes(Encoding.PEM)


def locked(key: PrivateKey, passphrase: bytes | None) -> bytes:
    """PKCS#8 in PEM, under the passphrase where there is one."""
    lock: KeySerializationEncryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))


def _builder(node_id: str, name: str, starts: datetime, days: int) -> x509.CertificateBuilder:
    subject = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, name), x509.NameAttribute(NameOID.COMMON_NAME, node_id)]
    )
    usage = dict.fromkeys(_USAGES, False) | {"digital_signature": True}
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts - SKEW)
        .not_valid_after(starts + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
    )


_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip
