"""The table of suites: what signs, what hashes and which keys fit. A new suite is a new row; callers do not change.

A row brings plain functions over the provider's own keys, so a row may be verify-only (`sign=None`: rsa-sha1) or
rest on another library than `cryptography` (sm2-sm3): nobody else touches a key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from signing import sm2, sm2_certificate
from signing.certificate import Certificate
from signing.profile import UNOFFICIAL_SM2_SM3, DigestMethod, SignatureMethod
from signing.sm3 import sm3

PrivateKey = Any  # what the suite's own provider understands
RSA_BITS = 2048  # of keys that we make


@dataclass(frozen=True, slots=True)
class Suite:
    """One row: a signature method with its digest, and the functions that do them."""

    name: str
    method: str  # a SignatureMethod, or UNOFFICIAL_SM2_SM3
    digest_method: DigestMethod
    hash_name: str  # as certificates name it
    digest: Callable[[bytes], bytes]
    fits: Callable[[Certificate], bool]  # is this certificate's key one of this suite?
    verify: Callable[[Certificate, bytes, bytes], bool]  # (certificate, value, signed bytes)
    sign: Callable[[PrivateKey, bytes], bytes] | None
    make_key: Callable[[], PrivateKey] | None
    certify: Callable[[x509.CertificateBuilder, PrivateKey], x509.Certificate] | None
    """(builder that has everything but the key, key) -> the key's self-signed certificate."""


def _rsa_verify(algorithm: hashes.HashAlgorithm) -> Callable[[Certificate, bytes, bytes], bool]:
    def verify(certificate: Certificate, value: bytes, signed: bytes) -> bool:
        try:
            certificate.public_key.verify(value, signed, padding.PKCS1v15(), algorithm)
        except InvalidSignature:
            return False
        return True

    return verify


def _rsa(name: str, method: SignatureMethod, digest_method: DigestMethod, hash_name: str) -> Suite:
    algorithm = hashes.SHA256() if hash_name == "sha256" else hashes.SHA512()
    return Suite(
        name=name,
        method=method,
        digest_method=digest_method,
        hash_name=hash_name,
        digest=lambda data: hashlib.new(hash_name, data).digest(),
        fits=lambda certificate: isinstance(certificate.public_key, rsa.RSAPublicKey),
        verify=_rsa_verify(algorithm),
        sign=lambda key, signed: bytes(key.sign(signed, padding.PKCS1v15(), algorithm)),
        make_key=lambda: rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS),
        certify=lambda builder, key: builder.public_key(key.public_key()).sign(key, algorithm),
    )


P256_BYTES = 32
"""XMLDSig carries r and s side by side, each of the curve's size, where everyone else uses DER (RFC 9231 2.3.6)."""


def _ecdsa_fits(certificate: Certificate) -> bool:
    key = certificate.public_key
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)


def _ecdsa_verify(certificate: Certificate, value: bytes, signed: bytes) -> bool:
    if len(value) != 2 * P256_BYTES:
        return False
    r, s = int.from_bytes(value[:P256_BYTES]), int.from_bytes(value[P256_BYTES:])
    try:
        certificate.public_key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _ecdsa_sign(key: PrivateKey, signed: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(P256_BYTES) + s.to_bytes(P256_BYTES)


_RSA = _rsa("rsa-sha256", SignatureMethod.RSA_SHA256, DigestMethod.SHA256, "sha256")
_SM2 = Suite(
    name="sm2-sm3",
    method=SignatureMethod.SM2_SM3,
    digest_method=DigestMethod.SM3,
    hash_name="sm3",
    digest=sm3,
    fits=lambda certificate: isinstance(certificate.public_key, sm2.PublicKey),
    verify=lambda certificate, value, signed: bool(certificate.public_key.holds(value, signed)),
    sign=lambda key, signed: bytes(key.sign(signed)),
    make_key=sm2.PrivateKey.generate,
    certify=lambda builder, key: sm2_certificate.certify(builder, key.public_key(), key),
)


def _legacy(suite: Suite, name: str, method: str) -> Suite:
    """A row that only verifies: a suite over a SHA-1 digest (profile.LEGACY_SUITES)."""
    return replace(
        suite,
        name=name,
        method=method,
        digest_method=DigestMethod.SHA1,
        digest=lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
        sign=None,
        make_key=None,
        certify=None,
    )


_ROWS = (
    _RSA,
    _rsa("rsa-sha512", SignatureMethod.RSA_SHA512, DigestMethod.SHA512, "sha512"),
    Suite(
        name="ecdsa-sha256",
        method=SignatureMethod.ECDSA_SHA256,
        digest_method=DigestMethod.SHA256,
        hash_name="sha256",
        digest=lambda data: hashlib.sha256(data).digest(),
        fits=_ecdsa_fits,
        verify=_ecdsa_verify,
        sign=_ecdsa_sign,
        make_key=lambda: ec.generate_private_key(ec.SECP256R1()),
        certify=lambda builder, key: builder.public_key(key.public_key()).sign(key, hashes.SHA256()),
    ),
    _SM2,
    _legacy(replace(_RSA, verify=_rsa_verify(hashes.SHA1())), "rsa-sha1", SignatureMethod.RSA_SHA1),  # noqa: S303
    _legacy(_SM2, "sm2-sm3-over-sha1", SignatureMethod.SM2_SM3),
    _legacy(_SM2, "sm2-sm3-unofficial-over-sha1", UNOFFICIAL_SM2_SM3),
)
SUITES = {suite.name: suite for suite in _ROWS}


def by_method(method: str) -> tuple[Suite, ...]:
    """The suites of a signature method; its digest method tells them apart."""
    return tuple(suite for suite in _ROWS if suite.method == method)


def suite_of(certificate: Certificate) -> Suite | None:
    """The suite that an own certificate asks for: its key's, with the hash that the certificate itself was signed with."""
    fitting = [suite for suite in _ROWS if suite.sign and suite.fits(certificate)]
    same = [suite for suite in fitting if suite.hash_name == certificate.hash_name]
    return next(iter(same or fitting), None)


def load_private_key(pem: bytes, passphrase: bytes | None) -> PrivateKey:
    """A private key of any suite from PEM. Raises ValueError, TypeError or UnsupportedAlgorithm, as `cryptography` does."""
    try:
        return load_pem_private_key(pem, passphrase)
    except UnsupportedAlgorithm:
        return sm2.load_private_key(pem, passphrase)  # a curve that `cryptography` does not know
