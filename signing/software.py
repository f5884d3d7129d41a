"""A signer whose private key lies in this process's memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from signing.certificate import Certificate
from signing.errors import KeyUnavailable
from signing.suites import SUITES, PrivateKey


@dataclass(frozen=True, slots=True)
class SoftwareKey:
    """A Signer (`sign.Signer`) over a key file that `keys.load_signer` has read; loading costs 36 ms, so it is read once."""

    node_id: str
    suite: str
    certificate: Certificate
    key: PrivateKey = field(repr=False)

    @property
    def key_name(self) -> str:
        return self.certificate.serial

    def sign(self, inputs: Sequence[bytes]) -> list[bytes]:
        sign = SUITES[self.suite].sign
        if sign is None:
            raise KeyUnavailable(f"{self.suite} 只用于验签 ({self.suite} only verifies)")
        return [sign(self.key, signed) for signed in inputs]
