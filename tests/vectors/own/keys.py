"""Keys with certificates of every kind that a partner or an attacker may show; made anew in each run, on disk never."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

NOW = datetime(2026, 11, 21, tzinfo=UTC)
DAY = timedelta(days=1)
ENTERPRISE, CUSTOMS, STRANGER = "DXPENT1108919038", "DXPEDC0000000001", "DXPENT9999999999"


@dataclass(frozen=True)
class Key:
    private: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def name(self) -> str:
        """KeyName: the serial in hex."""
        digits = f"{self.certificate.serial_number:x}"
        return digits.zfill(len(digits) + len(digits) % 2)


@cache
def key(name: str) -> Key:
    """`enterprise` and its like: one key a name and a run."""
    return _MAKERS[name]()


def _make(
    subject: str,
    *,
    issuer: Key | None = None,
    bits: int = 2048,
    start: datetime = NOW - 30 * DAY,
    end: datetime = NOW + 365 * DAY,
    signs: bool = True,
    authority: bool = False,
) -> Key:
    private = rsa.generate_private_key(65537, bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    usage = x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=not signs,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(usage, critical=True)
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
    )
    return Key(private, builder.sign(issuer.private if issuer else private, hashes.SHA256()))


_MAKERS = {
    "authority": lambda: _make("Vector CA", authority=True),
    "rogue authority": lambda: _make("Vector CA", authority=True),
    "enterprise": lambda: _make(ENTERPRISE, issuer=key("authority")),
    "customs": lambda: _make(CUSTOMS),
    "stranger": lambda: _make(STRANGER),
    "attacker": lambda: _make("attacker"),
    "rogue": lambda: _make(ENTERPRISE, issuer=key("rogue authority")),
    "expired": lambda: _make(ENTERPRISE, start=NOW - 60 * DAY, end=NOW - DAY),
    "not yet": lambda: _make(ENTERPRISE, start=NOW + DAY),
    "weak": lambda: _make(ENTERPRISE, bits=1024),
    "no signing": lambda: _make(ENTERPRISE, signs=False),
    "revoked": lambda: _make(ENTERPRISE, issuer=key("authority")),
}
REGISTERED = {
    ENTERPRISE: ("enterprise", "expired", "not yet", "weak", "no signing", "revoked"),
    CUSTOMS: ("customs",),
    STRANGER: ("stranger",),
}


def revocations() -> x509.CertificateRevocationList:
    """The authority's list, with the revoked certificate on it."""
    authority, gone = key("authority"), key("revoked").certificate
    entry = x509.RevokedCertificateBuilder().serial_number(gone.serial_number).revocation_date(NOW - 9 * DAY).build()
    builder = x509.CertificateRevocationListBuilder().issuer_name(authority.certificate.subject)
    builder = builder.last_update(NOW - 9 * DAY).next_update(NOW + 30 * DAY).add_revoked_certificate(entry)
    return builder.sign(authority.private, hashes.SHA256())
