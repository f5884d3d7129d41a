"""SM3, the national 256-bit hash (GB/T 32905-2016), by `cryptography`, whose own wheels all carry it."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes


def sm3(data: bytes) -> bytes:
    """32 bytes. `sm3(b"abc")` begins 66c7f0f4 (GB/T 32905, A.1)."""
    made = hashes.Hash(hashes.SM3())
    made.update(data)
    return made.finalize()
