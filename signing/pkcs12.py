"""Keys in a `.p12` file: key and certificate in one, as authorities hand them out (RFC 7292)."""

from __future__ import annotations

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from signing.certificate import Certificate
from signing.errors import KeyUnavailable
from signing.suites import PrivateKey


def read_p12(data: bytes, passphrase: bytes | None, named: object) -> tuple[PrivateKey, Certificate]:
    """The key of a file and the key's certificate. Raises KeyUnavailable; neither file nor passphrase stands in its words."""
    try:
        found = load_pkcs12(data, passphrase)
        if found.key is None or found.cert is None:
            raise KeyUnavailable(f"{named}: 里面没有密钥和证书 (no key with its certificate inside)")
        return found.key, Certificate.read(found.cert.certificate.public_bytes(Encoding.DER))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The library's own sentence may tell what it met in the file.
        detail = "口令不对、文件损坏或密钥种类不支持 (wrong passphrase, damaged, or a kind of key that is not read)"
        raise KeyUnavailable(f"{named}: {detail}") from None
