"""A key behind a local WebSocket, in the manner of the e-port card service (real-messages 4.2).

ask     {"_method": "cus-sec_SpcSignDataAsPEM", "_id": 1, "args": {"inData": "<ds:SignedInfo…", "passwd": "…"}}
answer  {"_method": "cus-sec_SpcSignDataAsPEM", "_id": 1, "_status": "00",
         "_args": {"Result": true, "Data": ["<base64>", "<serial>"], "Error": []}}

The service greets with `_id` 0; whatever does not answer our number is passed over. Before a list is signed the card is
asked for its certificate, which needs no PIN: a card whose light is off, or another card, is found before any PIN is shown.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Sequence
from threading import Lock

from signing.card_service import GET_CERTIFICATE, SIGN, CardService, Refusal
from signing.certificate import Certificate
from signing.errors import KeyUnavailable
from signing.opened import check_values
from signing.pin import PinGuard, PinNotJudged, PinRefused
from signing.providers import Provider
from signing.rate import REST, Queue
from signing.remote_url import Place, loopback
from signing.suites import Suite

_MOST_KEPT = 4096  # finished values of lists that broke off


class RemoteKey:
    """A Signer (`sign.Signer`) over a card service. Values of a list that broke off are kept: the next try signs the rest."""

    def __init__(
        self, node_id: str, suite: Suite, certificate: Certificate, provider: Provider, passphrase: bytes | None
    ) -> None:
        """Asks the service for its certificate, so that a wrong card is told before anything is to be sealed; the PIN is not
        shown. Raises KeyUnavailable."""
        self.node_id, self.suite, self.certificate = node_id, suite.name, certificate
        self.key_name = certificate.serial
        self._suite = suite
        self._pin = _text(passphrase, provider)
        self._place = loopback(provider.setting("url"), provider.path)
        self._queue = _queue_of(self._place, provider.seconds("timeout"))
        self._guard = PinGuard(provider.path.parent, self._place.url, patience=REST * self._queue.timeout)
        self._kept: dict[bytes, bytes] = {}
        self._guard.check()
        with self._queue.turn(0), CardService(self._place, self._queue.timeout) as service:
            self._check_card(service)

    def __repr__(self) -> str:
        return f"RemoteKey({self.node_id!r}, {self._place.url!r})"

    @property
    def pace(self) -> float:
        """Seconds a signature, as measured."""
        return self._queue.each

    def estimate(self, count: int) -> float:
        """Seconds until a list of so many that comes now is signed."""
        return self._queue.estimate(count)

    def sign(self, inputs: Sequence[bytes]) -> list[bytes]:
        self._guard.check()
        with self._queue.turn(len(inputs)):
            if any(_name(each) not in self._kept for each in inputs):
                self._sign_missing(inputs)
            values = [self._kept[_name(each)] for each in inputs]
            self._kept.clear()
        return values

    def _sign_missing(self, inputs: Sequence[bytes]) -> None:
        if len(self._kept) > _MOST_KEPT:
            self._kept.clear()
        with CardService(self._place, self._queue.timeout) as service:
            self._check_card(service)
            for each in inputs:
                if _name(each) not in self._kept:
                    with self._queue.measured():
                        value = self._signed(service, each)
                    check_values([each], [value], self.certificate, self._suite, self._place.url)
                    self._kept[_name(each)] = value

    def _signed(self, service: CardService, data: bytes) -> bytes:
        try:
            args = {"inData": data.decode(), "passwd": self._pin}
        except UnicodeDecodeError:
            raise KeyUnavailable(f"{self._place.url}: 只签文字 (a card service signs text only)") from None
        with self._guard.shown():
            try:
                found = service.ask(SIGN, args)
            except Refusal as refusal:
                raise _judged(refusal, self._place) from None
        try:
            return b64decode("".join(found[0].split()), validate=True)
        except (NotBase64, ValueError, IndexError):
            raise KeyUnavailable(f"{self._place.url}: 没有签名值 (no signature value)") from None

    def _check_card(self, service: CardService) -> None:
        if card_certificate(service) != self.certificate:
            raise KeyUnavailable(f"{self._place.url}: 插的是另一张卡 (another card is in the reader)")


def card_certificate(service: CardService) -> Certificate:
    """The certificate of the card that is in the reader. Raises KeyUnavailable."""
    try:
        found = service.ask(GET_CERTIFICATE, {})
        text = found[0] if found else ""
        return Certificate.read(text.encode() if "-----" in text else b64decode("".join(text.split()), validate=True))
    except Refusal as refusal:
        raise KeyUnavailable(f"{service.url}: {refusal.told}") from None
    except (NotBase64, ValueError):
        raise KeyUnavailable(f"{service.url}: 没有证书 (no certificate)") from None


def fetch_certificate(url: str, timeout: float = 10.0) -> Certificate:
    """What `gateway keys import` takes over from a card. Raises BadKeyFile for a place outside this machine, KeyUnavailable."""
    with CardService(loopback(url, "url"), timeout) as service:
        return card_certificate(service)


def _judged(refusal: Refusal, place: Place) -> Exception:
    """Only what surely never reached the PIN is let pass: a reader without card or light. All else counts as the PIN's: a
    needless question to a person costs minutes, a locked card a day."""
    if refusal.is_reader:
        return PinNotJudged(f"{place.url}: {refusal.told}")
    return PinRefused(refusal.told)


def _text(passphrase: bytes | None, provider: Provider) -> str:
    if not passphrase:
        raise KeyUnavailable(f"{provider.path}: 需要 PIN (a PIN is needed)")
    try:
        return passphrase.decode()
    except UnicodeDecodeError:
        raise KeyUnavailable(f"{provider.path}: PIN 不是 UTF-8 (the PIN is not UTF-8)") from None


def _name(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


_QUEUES: dict[tuple[str, int], Queue] = {}
_QUEUES_LOCK = Lock()


def _queue_of(place: Place, timeout: float) -> Queue:
    """One queue a card, whoever of this process asks."""
    with _QUEUES_LOCK:
        queue = _QUEUES.setdefault((place.host, place.port), Queue(place.url, timeout=timeout))
        queue.timeout = timeout
        return queue
