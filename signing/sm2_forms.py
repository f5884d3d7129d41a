"""How SM2 keys are written in files and certificates: RFC 5915 and RFC 5958 with the curve's own name (GM/T 0009)."""

from __future__ import annotations

from signing.sm2_curve import BYTES
from signing.sm2_der import OCTET_STRING, Item, bit_string, integer, oid, read, sequence, wrap

EC_PUBLIC_KEY = "1.2.840.10045.2.1"
CURVE = "1.2.156.10197.1.301"
SM2_WITH_SM3 = "1.2.156.10197.1.501"
ALGORITHM = sequence(oid(EC_PUBLIC_KEY), oid(CURVE))  # of keys
SIGNATURE_ALGORITHM = sequence(oid(SM2_WITH_SM3))  # of certificates; some issuers write a NULL behind the name


def subject_public_key_info(point: bytes) -> bytes:
    """DER of a public key: uncompressed point under the curve's name."""
    return sequence(ALGORITHM, bit_string(point))


def read_subject_public_key_info(info: Item) -> bytes:
    """The uncompressed point. Raises ValueError for a key of another curve."""
    algorithm, key = _exactly(info, 2)
    if algorithm.whole != ALGORITHM:
        raise ValueError("不是 SM2 公钥 (not an SM2 public key)")
    return key.bits()


def private_key_info(scalar: bytes, point: bytes | None) -> bytes:
    """DER of a private key as PKCS#8, as OpenSSL writes it; the public key in it may be left out."""
    public = wrap(0xA1, bit_string(point)) if point else b""
    key = sequence(integer(1), wrap(OCTET_STRING, scalar), public)
    return sequence(integer(0), ALGORITHM, wrap(OCTET_STRING, key))


def read_private_key(der: bytes) -> bytes:
    """The scalar, from PKCS#8 or from an ECPrivateKey that names the curve itself. Raises ValueError."""
    outer = read(der).items()
    if len(outer) >= 3 and outer[0].number() == 0:
        if outer[1].whole != ALGORITHM:
            raise ValueError("不是 SM2 私钥 (not an SM2 private key)")
        return _read_ec_private_key(read(outer[2].want(OCTET_STRING)))
    if not any(part.tag == 0xA0 and part.body == oid(CURVE) for part in outer):
        raise ValueError("不是 SM2 私钥 (not an SM2 private key)")
    return _read_ec_private_key(read(der))


def _read_ec_private_key(key: Item) -> bytes:
    version, scalar, *_ = [*key.items(), *[Item(0, b"", b"")] * 2]
    octets = scalar.want(OCTET_STRING)
    if version.number() != 1 or len(octets) != BYTES:
        raise ValueError("SM2 私钥格式有误 (not an EC private key of 32 bytes)")
    return octets


def _exactly(item: Item, count: int) -> list[Item]:
    found = item.items()
    if len(found) != count:
        raise ValueError(f"DER: {len(found)} elements, wanted {count}")
    return found
