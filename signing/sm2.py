"""SM2 keys: what signs and what verifies, by libcrypto where the system has one and by plain Python where not.

A signature value is r and s side by side, 64 bytes, over SM3 of the signer's distinguishing id and of the data
(GB/T 32918.2-2016; the form in which e-port messages carry it: real-messages 4.1).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Protocol

from cryptography.hazmat.primitives.serialization import Encoding, KeySerializationEncryption, PrivateFormat

from signing.sm2_curve import BYTES, N, decode
from signing.sm2_forms import private_key_info, read_private_key, subject_public_key_info
from signing.sm2_libcrypto import load
from signing.sm2_pem import decrypted, encrypted
from signing.sm2_python import PurePython

IDENTITY = b"1234567812345678"
"""The distinguishing id that everybody uses who was given no other (GM/T 0009-2012, 10)."""

Sign = Callable[[bytes, bytes], bytes]  # (data, identity) -> r and s
Verify = Callable[[bytes, bytes, bytes], bool]  # (r and s, data, identity)


class Backend(Protocol):
    """Who does the arithmetic. Scalars have 32 bytes, points 65 (`04 x y`), values 64."""

    @property
    def name(self) -> str:
        """`libcrypto` or `python`."""

    def generate(self) -> bytes:
        """A new private scalar."""

    def point(self, scalar: bytes) -> bytes:
        """The public key of a scalar. Raises ValueError."""

    def signer(self, scalar: bytes, point: bytes) -> Sign:
        """The key made ready: used many times, by many threads."""

    def verifier(self, point: bytes) -> Verify:
        """The key made ready. Raises ValueError for what is no point of the curve."""


@cache
def backend() -> Backend:
    """The one in use: libcrypto where the system has it, which is faster and shows less by its timing; else plain Python."""
    return load() or PurePython()


class PublicKey:
    """A public key: equal to another when it is the same point."""

    key_size = 8 * BYTES

    def __init__(self, point: bytes) -> None:
        """Raises ValueError for what is no point of the curve."""
        decode(point)
        self.point = point

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and other.point == self.point

    def __hash__(self) -> int:
        return hash(self.point)

    def holds(self, value: bytes, data: bytes, identity: bytes = IDENTITY) -> bool:
        """Did this key sign these bytes?"""
        return _verifier(self.point)(value, data, identity)

    def info(self) -> bytes:
        """DER of SubjectPublicKeyInfo."""
        return subject_public_key_info(self.point)


class PrivateKey:
    """A private key in this process's memory. It shows itself nowhere: neither in `repr` nor in errors."""

    key_size = 8 * BYTES

    def __init__(self, scalar: bytes) -> None:
        """Raises ValueError for a scalar outside 1 .. n-2."""
        if len(scalar) != BYTES or not 0 < int.from_bytes(scalar) < N - 1:
            raise ValueError("SM2 私钥超出范围 (the private key is out of range)")
        self._scalar = scalar
        self._public = PublicKey(backend().point(scalar))
        self._sign = backend().signer(scalar, self._public.point)

    @classmethod
    def generate(cls) -> PrivateKey:
        return cls(backend().generate())

    def public_key(self) -> PublicKey:
        return self._public

    def sign(self, data: bytes, identity: bytes = IDENTITY) -> bytes:
        return self._sign(data, identity)

    def private_bytes(self, encoding: Encoding, form: PrivateFormat, lock: KeySerializationEncryption) -> bytes:
        """As `cryptography`'s keys do it, for the one form that this project keeps: PKCS#8 in PEM. Raises ValueError."""
        if (encoding, form) != (Encoding.PEM, PrivateFormat.PKCS8):
            raise ValueError("SM2 私钥只写成 PEM PKCS#8 (PKCS#8 in PEM only)")
        return encrypted(private_key_info(self._scalar, self._public.point), lock)


def load_private_key(pem: bytes, passphrase: bytes | None) -> PrivateKey:
    """From PEM: PKCS#8, open or encrypted, or an open EC PRIVATE KEY. Raises ValueError for what is none or does not open,
    TypeError for a missing or needless passphrase, as `cryptography` does."""
    try:
        return PrivateKey(read_private_key(decrypted(pem, passphrase)))
    except IndexError:
        raise ValueError("SM2 私钥格式有误 (not a private key's structure)") from None


@lru_cache(maxsize=1024)
def _verifier(point: bytes) -> Verify:
    return backend().verifier(point)
