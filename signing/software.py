"""A signer whose private key lies in this process's memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm

from signing.certificate import Certificate
from signing.errors import KeyUnavailable
from signing.folder import KEY, Own, read_private
from signing.opened import check_pair
from signing.pkcs12 import read_p12
from signing.providers import Provider
from signing.suites import SUITES, PrivateKey, Suite, load_private_key


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


def open_file(own: Own, suite: Suite, certificate: Certificate, passphrase: bytes | None) -> SoftwareKey:
    """The key beside the certificate. Raises KeyUnavailable."""
    path = own.beside(KEY)
    try:
        data = read_private(path)
    except OSError as error:
        raise KeyUnavailable(f"{path}: {error.strerror}") from error
    return SoftwareKey(own.node, suite.name, certificate, paired(data, passphrase, certificate, path))


def paired(pem: bytes, passphrase: bytes | None, certificate: Certificate, named: object) -> PrivateKey:
    """The private key of a PEM text, which must be the certificate's. Raises KeyUnavailable."""
    try:
        key = load_private_key(pem, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnavailable(f"{named}: {_why(error)}") from None
    check_pair(key.public_key(), certificate, named)
    return key


def _why(error: Exception) -> str:
    """Which of the three it is, in words of ours: what the libraries say may quote what they read."""
    if isinstance(error, TypeError):
        return "口令多余或缺失 (a passphrase is missing, or needless)"
    return "口令不对、文件损坏或密钥种类不支持 (wrong passphrase, damaged, or a kind of key that is not read)"


def open_p12(
    own: Own, suite: Suite, certificate: Certificate, provider: Provider, passphrase: bytes | None
) -> SoftwareKey:
    """The key in the `.p12` beside the certificate, whose certificate must be the same. Raises KeyUnavailable."""
    path = own.path.with_name(provider.setting("file"))
    try:
        data = read_private(path)
    except OSError as error:
        raise KeyUnavailable(f"{path}: {error.strerror}") from error
    key, inside = read_p12(data, passphrase, path)
    check_pair(key.public_key(), certificate, path)
    if inside != certificate:
        raise KeyUnavailable(f"{path}: 里面是另一张证书 (another certificate is inside)")
    return SoftwareKey(own.node, suite.name, certificate, key)
