"""What every provider owes before its signature leaves: the right certificate, a suite that fits, a value that holds."""

from __future__ import annotations

from collections.abc import Sequence

from signing.certificate import Certificate
from signing.errors import KeyUnavailable
from signing.suites import SUITES, Suite, suite_of


def chosen_suite(certificate: Certificate, suite: str | None, named: object) -> Suite:
    """The suite to seal with: the certificate's unless one is named. Raises KeyUnavailable where it does not fit."""
    chosen = SUITES.get(suite) if suite else suite_of(certificate)
    if chosen is None or not chosen.fits(certificate):
        raise KeyUnavailable(f"{named}: {certificate.algorithm} 不能用于 {suite or '—'} (does not fit)")
    return chosen


def check_pair(public_key: object, certificate: Certificate, named: object) -> None:
    """Raises KeyUnavailable where this is another key than the certificate's."""
    if public_key != certificate.public_key:
        raise KeyUnavailable(f"{named} 与证书不配对 (is not the certificate's key)")


def check_values(
    inputs: Sequence[bytes], values: Sequence[bytes], certificate: Certificate, suite: Suite, card: str
) -> None:
    """A card may have been changed for another: what it signed must hold, or nothing leaves (reliability F11)."""
    for signed, value in zip(inputs, values, strict=True):
        if not suite.verify(certificate, value, signed):
            raise KeyUnavailable(f"{card}: 签名不出自证书的密钥 (the certificate's key did not make the signature)")
