"""One connection to a card service on this machine: questions with numbers, an end for each, and no thread left behind."""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from signing.errors import KeyUnavailable
from signing.remote_url import Place

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

SIGN = "cus-sec_SpcSignDataAsPEM"
GET_CERTIFICATE = "cus-sec_SpcGetSignCertAsPEM"
READER = ("50070", "50200", "读卡器", "卡初始化")
"""What a service says whose card or light is away: resetting or opening the reader failed; the PIN was not looked at."""
OK = "00"
_MOST_BYTES = 1 << 16  # of an answer: a signature or one certificate
_MOST_TOLD = 120  # characters
_CLOSING = 1.0  # seconds that a service gets to say goodbye

_SILENT = logging.Logger("signing.card_service")
"""The library logs every frame at level DEBUG, and frames carry the PIN: it logs into nothing."""
_SILENT.addHandler(logging.NullHandler())
_SILENT.disabled = True
_SILENT.propagate = False


class Refusal(Exception):
    """The service answered that it did not do it."""

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.told = told

    @property
    def is_reader(self) -> bool:
        """Is it the reader that failed, before any PIN?"""
        return any(sign in self.told for sign in READER)


class CardService:
    """Used as `with CardService(place, timeout) as service`. Raises KeyUnavailable for everything that goes wrong outside."""

    def __init__(self, place: Place, timeout: float) -> None:
        """timeout: seconds, for connecting and for each question."""
        self.url = place.url
        self._place, self._timeout = place, timeout
        self._stack = ExitStack()
        self._number = 0

    def __enter__(self) -> CardService:
        connect = _library()
        try:
            link = socket.create_connection((self._place.host, self._place.port), timeout=self._timeout)
            self._stack.callback(link.close)
            # A socket of ours: neither a proxy nor a redirect leads the PIN elsewhere.
            opened = connect(
                self.url, sock=link, proxy=None, compression=None, logger=_SILENT, max_size=_MOST_BYTES,
                open_timeout=self._timeout, close_timeout=min(_CLOSING, self._timeout), ping_interval=None,
            )  # fmt: skip
            self._link: ClientConnection = self._stack.enter_context(opened)
        except Exception as error:  # noqa: BLE001  whatever the library finds wrong with a greeting
            self._stack.close()
            raise self._unavailable(error) from None
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def ask(self, method: str, args: Mapping[str, str]) -> list[str]:
        """The `Data` of the answer. Raises Refusal, and KeyUnavailable when there is no answer in time."""
        self._number += 1
        question = {"_method": method, "_id": self._number, "args": dict(args)}
        try:
            self._link.send(json.dumps(question, ensure_ascii=False))
            answer = next(each for each in self._answers() if str(each.get("_id")) == str(self._number))
        except Exception as error:  # noqa: BLE001  the library's errors, and its time-outs
            raise self._unavailable(error) from None
        return _data(answer, hidden=args.get("passwd", ""))

    def _answers(self) -> Iterator[dict[str, Any]]:
        until = time.monotonic() + self._timeout
        while (left := until - time.monotonic()) > 0:
            found = json.loads(self._link.recv(timeout=left))
            if isinstance(found, dict):
                yield found
        raise TimeoutError

    def _unavailable(self, error: Exception) -> KeyUnavailable:
        """Its kind only: an error of the library may hold what was sent."""
        return KeyUnavailable(f"{self.url}: {type(error).__name__}")


def _data(answer: Mapping[str, Any], hidden: str) -> list[str]:
    args = answer.get("_args")
    if not isinstance(args, dict) or answer.get("_status", OK) != OK or args.get("Result") is not True:
        raise Refusal(_told(args.get("Error") if isinstance(args, dict) else None, hidden))
    data = args.get("Data")
    return [each for each in data if isinstance(each, str)] if isinstance(data, list) else []


def _told(errors: object, hidden: str) -> str:
    """The service's words in one line, and none of them where they repeat the PIN."""
    words = " ".join(str(each) for each in errors) if isinstance(errors, list) else ""
    line = " ".join("".join(each if each.isprintable() else " " for each in words).split())[:_MOST_TOLD]
    return "（略）" if hidden and hidden in words else line or "失败 (failed)"


def _library() -> Any:
    """An extra of this project. Raises KeyUnavailable where it is not installed."""
    try:
        from websockets.sync.client import connect
    except ImportError as error:
        raise KeyUnavailable("pip install customs-gateway[cards]") from error
    return connect
