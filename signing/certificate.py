"""One certificate as this package needs it: read once, its key parsed once, everything else plain values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from signing import sm2_certificate
from signing.sm2 import PublicKey as Sm2PublicKey

_PEM = b"-----BEGIN CERTIFICATE-----"
_UNREADABLE = (
    ValueError,
    TypeError,  # cryptography, of a name attribute of the wrong string type
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Two certificates are the same when their fingerprints are. Times are aware, UTC."""

    fingerprint: str  # SHA-256 over DER, 64 hex digits
    serial: str = field(compare=False)  # hex, lower case, whole bytes, as KeyName carries it: `03000000000cde6f`
    subject: str = field(compare=False)  # RFC 4514: `CN=DXPENT0000000001,O=…`
    issuer: str = field(compare=False)
    not_before: datetime = field(compare=False)
    not_after: datetime = field(compare=False)
    algorithm: str = field(
        compare=False
    )  # `RSA 2048`, `EC secp256r1`, `SM2`, or the number of a kind of key that nobody here reads
    hash_name: str = field(compare=False)  # `sha256`, `sm3`: of the certificate's own signature
    may_sign: bool = field(compare=False)  # key usage allows digital signatures, or is not said
    der: bytes = field(compare=False, repr=False)  # personal data in e-port certificates: mask in logs
    public_key: Any = field(compare=False, repr=False)  # of `cryptography`, or `sm2.PublicKey`; None for every other
    parsed: x509.Certificate = field(compare=False, repr=False)

    @classmethod
    def read(cls, data: bytes) -> Certificate:
        """From PEM or DER. Raises ValueError with a sentence: no certificate, more than one, or a private key beside it."""
        if b"PRIVATE KEY" in data:
            raise ValueError("里面有私钥，请只给证书 (it holds a private key: hand over the certificate only)")
        if data.count(_PEM) > 1:
            raise ValueError("不止一张证书 (more than one certificate)")
        try:
            return cls._of(
                x509.load_pem_x509_certificate(data) if _PEM in data else x509.load_der_x509_certificate(data)
            )
        except _UNREADABLE as error:
            raise ValueError("不是 X.509 证书 (not an X.509 certificate)") from error

    @property
    def rsa_bits(self) -> int | None:
        """Size of the RSA modulus in bits; None for every other key."""
        return self.public_key.key_size if isinstance(self.public_key, rsa.RSAPublicKey) else None

    def pem(self) -> bytes:
        return self.parsed.public_bytes(Encoding.PEM)

    def issued_by(self, issuer: Certificate) -> bool:
        """Did the issuer's key sign this certificate, under the issuer's name?"""
        if isinstance(issuer.public_key, Sm2PublicKey):
            named = self.parsed.issuer == issuer.parsed.subject
            return named and sm2_certificate.certificate_is_signed_by(self.parsed, issuer.public_key)
        try:
            self.parsed.verify_directly_issued_by(issuer.parsed)
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            return False
        return True

    def signed_list(self, crl: x509.CertificateRevocationList) -> bool:
        """Did this certificate's key sign the revocation list, under its name?"""
        if crl.issuer != self.parsed.subject or self.public_key is None:
            return False
        if isinstance(self.public_key, Sm2PublicKey):
            return sm2_certificate.list_is_signed_by(crl, self.public_key)
        try:
            return crl.is_signature_valid(self.public_key)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            return False

    @classmethod
    def _of(cls, read: x509.Certificate) -> Certificate:
        der = read.public_bytes(Encoding.DER)
        public_key = _public_key(read)
        return cls(
            fingerprint=hashlib.sha256(der).hexdigest(),
            serial=serial_hex(read.serial_number),
            subject=read.subject.rfc4514_string(),
            issuer=read.issuer.rfc4514_string(),
            not_before=read.not_valid_before_utc,
            not_after=read.not_valid_after_utc,
            algorithm=_algorithm(read, public_key),
            hash_name=_hash_name(read),
            may_sign=_may_sign(read),
            der=der,
            public_key=public_key,
            parsed=read,
        )


def serial_hex(number: int) -> str:
    digits = f"{number:x}"
    return digits.zfill(len(digits) + len(digits) % 2)


def _public_key(read: x509.Certificate) -> Any:
    for reader in (x509.Certificate.public_key, sm2_certificate.public_key):
        try:
            return reader(read)
        except (UnsupportedAlgorithm, ValueError):
            continue  # a curve that `cryptography` does not know, or a point that is none
    return None


def _algorithm(read: x509.Certificate, public_key: Any) -> str:
    if isinstance(public_key, rsa.RSAPublicKey):
        return f"RSA {public_key.key_size}"
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return f"EC {public_key.curve.name}"
    if isinstance(public_key, Sm2PublicKey):
        return "SM2"
    return read.public_key_algorithm_oid.dotted_string


def _hash_name(read: x509.Certificate) -> str:
    if sm2_certificate.is_signed_with_sm2(read):
        return "sm3"
    try:
        algorithm = read.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return ""
    return algorithm.name if algorithm else ""


def _may_sign(read: x509.Certificate) -> bool:
    try:
        usage = read.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True  # RFC 5280 4.2.1.3: a key whose use is not said may do anything
    return usage.digital_signature or usage.content_commitment
