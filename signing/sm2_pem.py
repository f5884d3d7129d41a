"""Key files: PEM and the password lock of PKCS#8 (RFC 7468; RFC 8018, PBES2 with PBKDF2 and CBC).

`cryptography` opens the same lock, but then stumbles over the curve inside and keeps the bytes to itself.
"""

from __future__ import annotations

import binascii
import re
import secrets
from base64 import b64decode, b64encode

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    KeySerializationEncryption,
    NoEncryption,
)

from signing.sm2_der import NULL, OCTET_STRING, SEQUENCE, Item, integer, oid, read, sequence, wrap

_OPEN, _LOCKED, _EC = "PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "EC PRIVATE KEY"
_BLOCK = re.compile(rb"-----BEGIN ((?:ENCRYPTED |EC )?PRIVATE KEY)-----([^-]*)-----END \1-----")
_PBES2, _PBKDF2 = oid("1.2.840.113549.1.5.13"), oid("1.2.840.113549.1.5.12")
_HMAC_SHA1, _HMAC_SHA256 = oid("1.2.840.113549.2.7"), oid("1.2.840.113549.2.9")
_HMACS: dict[bytes, hashes.HashAlgorithm] = {
    _HMAC_SHA1: hashes.SHA1(),  # noqa: S303  RFC 8018's default; in a key derivation it is not broken
    _HMAC_SHA256: hashes.SHA256(),
    oid("1.2.840.113549.2.10"): hashes.SHA384(),
    oid("1.2.840.113549.2.11"): hashes.SHA512(),
    oid("1.2.156.10197.1.401.2"): hashes.SM3(),
}
_AES256 = oid("2.16.840.1.101.3.4.1.42")
_CIPHERS = {  # name: algorithm, bytes of its key
    oid("2.16.840.1.101.3.4.1.2"): (algorithms.AES, 16),
    oid("2.16.840.1.101.3.4.1.22"): (algorithms.AES, 24),
    _AES256: (algorithms.AES, 32),
    oid("1.2.156.10197.1.104.2"): (algorithms.SM4, 16),
}
ITERATIONS = 100_000
_MOST_ITERATIONS = 10_000_000  # a file with more would hold us for minutes
_BLOCK_BITS = 128  # of AES and SM4


def decrypted(pem: bytes, passphrase: bytes | None) -> bytes:
    """DER of the one private key of a PEM file. Raises ValueError, or TypeError for a missing or needless passphrase."""
    blocks = _BLOCK.findall(pem)
    if len(blocks) != 1:
        raise ValueError(f"文件里有 {len(blocks)} 个私钥 ({len(blocks)} private keys in the file, wanted 1)")
    label, text = blocks[0]
    try:
        der = b64decode(b"".join(text.split()), validate=True)
    except binascii.Error:
        raise ValueError("私钥不是 base64 (the private key is not base64)") from None
    if label.decode() != _LOCKED:
        if passphrase is not None:
            raise TypeError("私钥未加密，不需要口令 (the private key is open, a passphrase is needless)")
        return der
    if passphrase is None:
        raise TypeError("私钥已加密，需要口令 (the private key is encrypted, a passphrase is needed)")
    return _unlock(der, passphrase)


def encrypted(der: bytes, lock: KeySerializationEncryption) -> bytes:
    """PEM of a PKCS#8 key, as the lock says. Raises ValueError for a lock that is no passphrase."""
    if isinstance(lock, NoEncryption):
        return _pem(_OPEN, der)
    if not isinstance(lock, BestAvailableEncryption):
        raise ValueError("不支持的加密方式 (only BestAvailableEncryption or NoEncryption)")
    salt, vector = secrets.token_bytes(16), secrets.token_bytes(16)
    padder = PKCS7(_BLOCK_BITS).padder()
    key = PBKDF2HMAC(hashes.SHA256(), 32, salt, ITERATIONS).derive(lock.password)
    encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    locked = encryptor.update(padder.update(der) + padder.finalize()) + encryptor.finalize()
    prf = sequence(_HMAC_SHA256, wrap(NULL))
    derivation = sequence(_PBKDF2, sequence(wrap(OCTET_STRING, salt), integer(ITERATIONS), prf))
    scheme = sequence(_AES256, wrap(OCTET_STRING, vector))
    return _pem(_LOCKED, sequence(sequence(_PBES2, sequence(derivation, scheme)), wrap(OCTET_STRING, locked)))


def _pem(label: str, der: bytes) -> bytes:
    text = b64encode(der).decode()
    lines = "".join(text[at : at + 64] + "\n" for at in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}-----END {label}-----\n".encode()


def _unlock(der: bytes, passphrase: bytes) -> bytes:
    (scheme, parameters), locked = _named(read(der).items()[0]), read(der).items()[1].want(OCTET_STRING)
    if scheme != _PBES2:
        raise ValueError("不支持的私钥加密 (not PBES2)")
    (derivation, how), (cipher, vector) = (_named(part) for part in parameters.items())
    if derivation != _PBKDF2 or cipher not in _CIPHERS:
        raise ValueError("不支持的私钥加密 (not PBKDF2 with AES-CBC or SM4-CBC)")
    algorithm, size = _CIPHERS[cipher]
    try:
        mode = modes.CBC(vector.want(OCTET_STRING))
        decryptor = Cipher(algorithm(_derive(how.items(), passphrase, size)), mode).decryptor()
        unpadder = PKCS7(_BLOCK_BITS).unpadder()
        padded = decryptor.update(locked) + decryptor.finalize()
        return unpadder.update(padded) + unpadder.finalize()
    except UnsupportedAlgorithm as error:
        raise ValueError(f"不支持的私钥加密 ({error})") from None
    except ValueError:
        raise ValueError("口令不对，或文件损坏 (wrong passphrase or damaged file)") from None


def _derive(how: list[Item], passphrase: bytes, size: int) -> bytes:
    """PBKDF2: salt, iterations, perhaps the key's length, perhaps the hash."""
    salt, iterations = how[0].want(OCTET_STRING), how[1].number()
    if iterations > _MOST_ITERATIONS:
        raise ValueError("PBKDF2: too many iterations")
    prf = next((part.items()[0].whole for part in how[2:] if part.tag == SEQUENCE), _HMAC_SHA1)
    if prf not in _HMACS:
        raise ValueError("PBKDF2: unknown hash")
    return PBKDF2HMAC(_HMACS[prf], size, salt, iterations).derive(passphrase)


def _named(item: Item) -> tuple[bytes, Item]:
    """An AlgorithmIdentifier: its name and its parameters. Raises ValueError."""
    name, parameters = item.items()
    return name.whole, parameters
