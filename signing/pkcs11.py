"""Keys on a token behind PKCS#11: a smart card, an HSM, SoftHSM. The key never leaves it.

A token that is pulled out in the middle costs its session: the next list opens a new one, and signs when it is back.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from signing.certificate import Certificate
from signing.errors import KeyUnavailable
from signing.opened import check_values
from signing.pin import PinGuard, PinNotJudged
from signing.pkcs11_library import PATIENCE, bindings, library, logged_in
from signing.providers import Provider, token_name
from signing.suites import Suite

if TYPE_CHECKING:
    import pkcs11


class Token:
    """One token of one library, as this process has it: a login holds for all sessions of a process, so it is shared."""

    def __init__(self, module: str, label: str, own: Path) -> None:
        self.card = token_name(module, label)
        self._library, self._label = library(module), label
        self._guard = PinGuard(own, self.card, patience=PATIENCE)
        self._session: pkcs11.Session | None = None
        self._started = 0  # of the library, when the session was opened
        self._keys: dict[str, Any] = {}  # handles that hold as long as the session does
        self._pin = b""
        self._failed = False

    def sign(self, key: str, pin: bytes, work: Callable[[Any], list[bytes]]) -> list[bytes]:
        """What the work makes with a private key, found by its label. Raises KeyUnavailable, after which the next call opens
        everything anew."""
        with self._library.alone(self.card):
            was_open = self._is_open()
            try:
                return work(self._key(key, pin))
            except (PinNotJudged, bindings().PKCS11Error):
                self._close()
                if not was_open:
                    raise
            try:  # the session was from before the token went: a new one, once
                return work(self._key(key, pin))
            except (PinNotJudged, bindings().PKCS11Error):
                self._close()
                raise

    def _key(self, label: str, pin: bytes) -> Any:
        session = self._opened(pin)
        if label not in self._keys:
            self._keys[label] = session.get_key(object_class=bindings().ObjectClass.PRIVATE_KEY, label=label)
        return self._keys[label]

    def _opened(self, pin: bytes) -> pkcs11.Session:
        self._guard.check()
        if self._session is not None and self._is_open():
            if hmac.compare_digest(self._pin, pin):
                return self._session
            raise KeyUnavailable(f"{self.card}: 与已登录的 PIN 不同 (another PIN than the one logged in with)")
        self._keys.clear()
        token = self._library.token(self._label, anew=self._failed)
        with self._guard.shown():
            self._session = logged_in(token, pin, self.card)
        self._started, self._pin, self._failed = self._library.started, pin, False
        return self._session

    def _is_open(self) -> bool:
        """A session of before the library's last start is none, and its number may be another token's by now."""
        return self._session is not None and self._started == self._library.started

    def _close(self) -> None:
        if self._session is not None and self._is_open():
            with suppress(bindings().PKCS11Error):
                self._session.close()
        self._session, self._failed = None, True
        self._keys.clear()


class TokenKey:
    """A Signer (`sign.Signer`) over a key on a token."""

    def __init__(
        self, node_id: str, suite: Suite, certificate: Certificate, provider: Provider, passphrase: bytes | None
    ) -> None:
        """Opens the token and finds the key, so that a wrong label or PIN is told before anything is to be sealed. Raises
        KeyUnavailable."""
        if not passphrase:
            raise KeyUnavailable(f"{provider.path}: 需要 PIN (a PIN is needed)")
        self.node_id, self.suite, self.certificate = node_id, suite.name, certificate
        self.key_name = certificate.serial
        self._suite, self._key, self._pin = suite, provider.setting("key"), passphrase
        self._token = _token(provider.setting("module"), provider.setting("token"), provider.path.parent.resolve())
        self.sign([])

    def __repr__(self) -> str:
        return f"TokenKey({self.node_id!r}, {self._token.card!r}, {self._key!r})"

    def sign(self, inputs: Sequence[bytes]) -> list[bytes]:
        mechanism, prepare = _mechanism(self._suite, self.certificate, self._token.card)

        def work(private: Any) -> list[bytes]:
            return [bytes(private.sign(prepare(each), mechanism=mechanism)) for each in inputs]

        values = self._token.sign(self._key, self._pin, work)
        check_values(inputs, values, self.certificate, self._suite, self._token.card)
        return values


def fetch_certificate(module: str, label: str, key: str) -> Certificate:
    """What `gateway keys card` takes over: the certificate on a token under the key's label. No PIN is shown for it. Raises
    KeyUnavailable."""
    own, card = library(module), token_name(module, label)
    with own.alone(card), own.token(label, anew=False).open() as session:
        kinds, names = bindings().ObjectClass, bindings().Attribute
        wanted = {names.CLASS: kinds.CERTIFICATE, names.LABEL: key}
        found = [bytes(each[names.VALUE]) for each in session.get_objects(wanted)]
    if len(found) != 1:
        detail = f"找到 {len(found)} 张名为 {key} 的证书，请用 --cert 给出 ({len(found)} certificates of this name: use --cert)"
        raise KeyUnavailable(f"{card}: {detail}")
    try:
        return Certificate.read(found[0])
    except ValueError as bad:
        raise KeyUnavailable(f"{card}: {bad}") from bad


def _mechanism(suite: Suite, certificate: Certificate, card: str) -> tuple[Any, Callable[[bytes], bytes]]:
    """(mechanism, what it signs). The token's ECDSA signs a digest and gives r and s side by side, as XMLDSig wants them."""
    mechanisms = bindings().Mechanism
    if certificate.rsa_bits is not None and suite.hash_name in ("sha256", "sha512"):
        return mechanisms[f"{suite.hash_name.upper()}_RSA_PKCS"], bytes
    if suite.name == "ecdsa-sha256":
        return mechanisms.ECDSA, suite.digest
    raise KeyUnavailable(f"{card}: {suite.name} 不能用 PKCS#11 签名 (PKCS#11 does not sign with this suite)")


_TOKENS: dict[tuple[str, str, Path], Token] = {}
_TOKENS_LOCK = Lock()


def _token(module: str, label: str, own: Path) -> Token:
    with _TOKENS_LOCK:
        return _TOKENS.setdefault((module, label, own), Token(module, label, own))
