"""SM2 signatures in plain Python, for where there is no libcrypto (GB/T 32918.2-2016, 6 and 7)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from signing.sm2_curve import BASE, BYTES, A, B, N, add, affine, decode, encode, multiply, table
from signing.sm3 import sm3

Nonce = Callable[[], int]


def random_nonce() -> int:
    """1 .. n-1, from the operating system. A nonce used twice gives the key away."""
    return secrets.randbelow(N - 1) + 1


@dataclass(frozen=True, slots=True)
class PurePython:
    """A `sm2.Backend`."""

    nonce: Nonce = random_nonce
    """Tests put the standard's own number here; nothing else does."""

    name: str = "python"

    def generate(self) -> bytes:
        return (secrets.randbelow(N - 2) + 1).to_bytes(BYTES)

    def point(self, scalar: bytes) -> bytes:
        found = affine(multiply(table(BASE), int.from_bytes(scalar)))
        if found is None:
            raise ValueError("SM2 私钥为零 (the private key is zero)")
        return encode(*found)

    def signer(self, scalar: bytes, point: bytes) -> Callable[[bytes, bytes], bytes]:
        secret = int.from_bytes(scalar)
        inverse = pow(1 + secret, N - 2, N)

        def sign(data: bytes, identity: bytes) -> bytes:
            digest = _digest(data, identity, point)
            while True:
                nonce = self.nonce()
                found = affine(multiply(table(BASE), nonce))
                r = (digest + found[0]) % N if found else 0
                s = inverse * (nonce - r * secret) % N
                if r and s and r + nonce != N:
                    return r.to_bytes(BYTES) + s.to_bytes(BYTES)

        return sign

    def verifier(self, point: bytes) -> Callable[[bytes, bytes, bytes], bool]:
        key = decode(point)

        def verify(value: bytes, data: bytes, identity: bytes) -> bool:
            r, s = int.from_bytes(value[:BYTES]), int.from_bytes(value[BYTES:])
            both = (r + s) % N
            if len(value) != 2 * BYTES or not 0 < r < N or not 0 < s < N or not both:
                return False
            found = affine(add(multiply(table(BASE), s), multiply(table(key), both)))
            return found is not None and (_digest(data, identity, point) + found[0]) % N == r

        return verify


def _digest(data: bytes, identity: bytes, point: bytes) -> int:
    """The number that is signed: the hash of who signs and of what is signed (GB/T 32918.2, 6.1 steps 1 and 2)."""
    return int.from_bytes(sm3(_who(identity, point) + data))


@lru_cache(maxsize=256)
def _who(identity: bytes, point: bytes) -> bytes:
    """Z: distinguishing id, curve and public key in one hash (GB/T 32918.2, 5.5)."""
    length = (8 * len(identity)).to_bytes(2)
    curve = b"".join(number.to_bytes(BYTES) for number in (A, B, BASE[0], BASE[1]))
    return sm3(length + identity + curve + point[1:])
