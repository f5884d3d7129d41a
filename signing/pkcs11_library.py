"""One PKCS#11 library of this process: loaded, started anew when a token has gone, and used by one thread at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import TYPE_CHECKING, Any

from signing.errors import KeyUnavailable
from signing.pin import PinNotJudged, PinRefused

if TYPE_CHECKING:
    import pkcs11

PATIENCE = 30.0  # seconds to wait for whoever uses the library, or shows a PIN for the first time
_REFUSALS = ("PinIncorrect", "PinInvalid", "PinLenRange", "PinExpired", "PinLocked")
_NOT_LOOKED_AT = (
    "TokenNotPresent", "DeviceRemoved", "SlotIDInvalid", "TokenNotRecognised", "UserPinNotInitialized",
    "UserAlreadyLoggedIn",
)  # fmt: skip


class Library:
    """The library's sessions end all at once when it starts anew: `started` tells sessions of before from those of after,
    whose numbers may be the same."""

    def __init__(self, module: str) -> None:
        self.module, self.started = module, 0
        self._lock = Lock()

    @contextmanager
    def alone(self, card: str) -> Iterator[None]:
        """Raises KeyUnavailable for whatever the library raises, by its name: its words may quote what it was given."""
        if not self._lock.acquire(timeout=PATIENCE):
            raise KeyUnavailable(f"{card}: 忙 (busy)")
        try:
            yield
        except bindings().PKCS11Error as error:
            raise KeyUnavailable(f"{card}: {type(error).__name__}") from None
        finally:
            self._lock.release()

    def token(self, label: str, *, anew: bool) -> pkcs11.Token:
        """The token, which is really there; no PIN is shown for this. anew: the library is to look at its readers again."""
        loaded = self._loaded()
        if anew:
            self.started += 1
            with suppress(bindings().PKCS11Error):  # a library that does not start says so in its own way, below
                loaded.reinitialize()
        token: pkcs11.Token = self._loaded().get_token(token_label=label)
        with token.open():
            return token

    def _loaded(self) -> Any:
        try:
            return bindings().lib(self.module)
        except (RuntimeError, OSError) as error:  # what the library raises is a RuntimeError too
            raise KeyUnavailable(f"{self.module}: {type(error).__name__}") from None


def logged_in(token: pkcs11.Token, pin: bytes, card: str) -> pkcs11.Session:
    """Raises PinRefused, PinNotJudged, or PKCS11Error, after which nobody knows what the card thought of the PIN."""
    try:
        return token.open(user_pin=pin.decode())
    except bindings().PKCS11Error as error:
        name = type(error).__name__
        if name in _REFUSALS:
            raise PinRefused(name) from None
        if name in _NOT_LOOKED_AT:
            raise PinNotJudged(f"{card}: {name}") from None
        raise
    except UnicodeDecodeError:
        raise PinNotJudged(f"{card}: PIN 不是 UTF-8 (the PIN is not UTF-8)") from None


def bindings() -> Any:
    """python-pkcs11, an extra of this project. Raises KeyUnavailable where it is not installed."""
    try:
        import pkcs11
    except ImportError as error:
        raise KeyUnavailable("pip install customs-gateway[cards]") from error
    return pkcs11


_LIBRARIES: dict[str, Library] = {}
_LOCK = Lock()


def library(module: str) -> Library:
    """The one of this process."""
    with _LOCK:
        return _LIBRARIES.setdefault(module, Library(module))
