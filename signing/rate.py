"""The queue before a slow card: it measures, tells how long a list will take, and lets nobody wait for ever.

A card of the field signs about four messages a second (real-messages 4.2), one after the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from signing.errors import KeyUnavailable

GUESS = 0.25
"""Seconds a signature before anything is measured."""
WEIGHT = 0.2
"""Of the newest measurement in the running mean: a card that grows slow is noticed within a dozen signatures."""

REST = 3
"""Time-outs that a list may take beside its signatures."""


class Queue:
    """The lists that wait for one card, and its pace. Used by many threads."""

    def __init__(self, card: str, *, timeout: float, clock: Callable[[], float] = time.monotonic) -> None:
        """timeout: the longest that one signature may take, in seconds."""
        self.card, self.timeout = card, timeout
        self._clock = clock
        self._card_is_free, self._numbers = Lock(), Lock()
        self._queued = 0
        self._each: float | None = None

    @property
    def each(self) -> float:
        """Seconds a signature, as measured; GUESS before the first."""
        return GUESS if self._each is None else self._each

    def estimate(self, count: int) -> float:
        """Seconds until a list of so many that comes now is signed: those before it and its own."""
        with self._numbers:
            return (self._queued + count) * self.each

    @contextmanager
    def turn(self, count: int) -> Iterator[None]:
        """The card for a list of so many. Raises KeyUnavailable when those before it take longer than they may."""
        with self._numbers:
            before, self._queued = self._queued, self._queued + count
        try:
            # Connecting, asking for the certificate and a rest for each list: whoever holds the card has given up by then.
            if not self._card_is_free.acquire(timeout=(before + REST) * self.timeout):
                raise KeyUnavailable(f"{self.card}: 前面还有 {before} 份，排队超时 (waited too long behind {before})")
            try:
                yield
            finally:
                self._card_is_free.release()
        finally:
            with self._numbers:
                self._queued -= count

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Around one signature. What fails says nothing about the pace."""
        began = self._clock()
        yield
        took = self._clock() - began
        with self._numbers:
            self._each = took if self._each is None else (1 - WEIGHT) * self._each + WEIGHT * took
