"""What `cryptography` cannot do with SM2 certificates and revocation lists: their key, their signature, making them.

A certificate is parsed and built by `cryptography`; here only the key's bytes are taken out and the two signature fields
are put in (RFC 5280, 4.1 and 5.1; SM2 with SM3: GM/T 0015-2012).
"""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from signing.sm2 import IDENTITY, PrivateKey, PublicKey
from signing.sm2_curve import BYTES
from signing.sm2_der import SEQUENCE, Item, bit_string, read, sequence
from signing.sm2_forms import (
    EC_PUBLIC_KEY,
    SIGNATURE_ALGORITHM,
    SM2_WITH_SM3,
    read_subject_public_key_info,
)

IDENTITIES = (IDENTITY, b"")
"""With which id an issuer signs: authorities the common one; `openssl req` and `openssl ca` none, unless they are told
`-sigopt distid:1234567812345678`. Messages have no such choice."""
_NAME = read(SIGNATURE_ALGORITHM).items()[0].body
_VERSION = 0xA0
_KEY_PLACE = 5  # in a TBSCertificate, after serial, algorithm, issuer, validity and subject


def public_key(certificate: x509.Certificate) -> PublicKey:
    """The SM2 key of a certificate. Raises ValueError where it has none, or one that is no point of the curve."""
    if certificate.public_key_algorithm_oid.dotted_string != EC_PUBLIC_KEY:
        raise ValueError("不是 SM2 公钥 (not an SM2 public key)")
    fields = [item for item in read(certificate.tbs_certificate_bytes).items() if item.tag != _VERSION]
    return PublicKey(read_subject_public_key_info(fields[_KEY_PLACE]))


def is_signed_with_sm2(of: x509.Certificate | x509.CertificateRevocationList) -> bool:
    return of.signature_algorithm_oid.dotted_string == SM2_WITH_SM3


def certificate_is_signed_by(certificate: x509.Certificate, key: PublicKey) -> bool:
    """Did the key sign the certificate? Names are the caller's to compare."""
    return is_signed_with_sm2(certificate) and _holds(key, certificate.signature, certificate.tbs_certificate_bytes)


def list_is_signed_by(crl: x509.CertificateRevocationList, key: PublicKey) -> bool:
    """Did the key sign the revocation list? Names are the caller's to compare."""
    return is_signed_with_sm2(crl) and _holds(key, crl.signature, crl.tbs_certlist_bytes)


def certify(builder: x509.CertificateBuilder, subject: PublicKey, issuer: PrivateKey) -> x509.Certificate:
    """The certificate of a builder that has everything but the key, signed by the issuer's key."""
    stand_in = ec.generate_private_key(ec.SECP256R1())  # `cryptography` wants a key that it knows; both are replaced
    built = builder.public_key(stand_in.public_key()).sign(stand_in, hashes.SHA256())
    fields = read(built.tbs_certificate_bytes).items()
    key_place = _KEY_PLACE + (fields[0].tag == _VERSION)
    fields[key_place] = read(subject.info())
    return x509.load_der_x509_certificate(_signed(fields, issuer))


def certify_list(builder: x509.CertificateRevocationListBuilder, issuer: PrivateKey) -> x509.CertificateRevocationList:
    """The revocation list of a complete builder, signed by the issuer's key."""
    stand_in = ec.generate_private_key(ec.SECP256R1())
    built = builder.sign(stand_in, hashes.SHA256())
    return x509.load_der_x509_crl(_signed(read(built.tbs_certlist_bytes).items(), issuer))


def _algorithm_place(fields: list[Item]) -> int:
    """The algorithm is said twice, outside and inside; inside it is the first SEQUENCE of certificates and of lists."""
    return next(place for place, item in enumerate(fields) if item.tag == SEQUENCE)


def _signed(fields: list[Item], issuer: PrivateKey) -> bytes:
    whole = [item.whole for item in fields]
    whole[_algorithm_place(fields)] = SIGNATURE_ALGORITHM
    content = sequence(*whole)
    value = issuer.sign(content, IDENTITY)
    der = encode_dss_signature(int.from_bytes(value[:BYTES]), int.from_bytes(value[BYTES:]))
    return sequence(content, SIGNATURE_ALGORITHM, bit_string(der))


def _holds(key: PublicKey, signature: bytes, content: bytes) -> bool:
    """Certificates carry r and s as DER."""
    fields = read(content).items()
    if fields[_algorithm_place(fields)].items()[0].body != _NAME:
        return False
    try:
        r, s = decode_dss_signature(signature)
        value = r.to_bytes(BYTES) + s.to_bytes(BYTES)
    except (ValueError, OverflowError):
        return False
    return any(key.holds(value, content, identity) for identity in IDENTITIES)
