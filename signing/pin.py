"""A card's PIN is never tried twice by itself: a card locks after a few wrong ones, and only its issuer opens it again.

Before a PIN that has not held yet is shown to the card, a note is laid beside the keys; it goes when the card has accepted
the PIN. A refusal, a crash, a connection that ended before the answer: the note stays, also over a restart, and nobody
shows that card a PIN until a person has said so (`allow_pin`). The note tells what happened, never the PIN nor anything
made from it: six digits are found from any hash of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from signing.errors import BadKeyFile, KeyUnavailable
from signing.folder import facts_text, read_facts, replace
from signing.key_errors import PinStopped
from signing.lock import Busy, held

REFUSED, UNKNOWN = "refused", "unknown"
_TOLD = {
    REFUSED: "卡拒绝了 PIN (the card refused it)",
    UNKNOWN: "上一次没有得到回答 (the last time brought no answer)",
}


class PinRefused(Exception):
    """The card refused, with these words. Raised inside `PinGuard.shown`, and nowhere else."""


class PinNotJudged(KeyUnavailable):
    """The card was not there, or could not look at the PIN: it may be shown again. Raised inside `PinGuard.shown`."""


class PinGuard:
    """The memory of one card's PIN, shared by all processes that have this key folder."""

    def __init__(self, own: Path, card: str, *, patience: float) -> None:
        """own: the folder `keys/own`. card: what people call it, e.g. `ws://127.0.0.1:61232`. patience: seconds to wait while
        another process shows its PIN for the first time."""
        self.card, self._patience = card, patience
        self._note = own / f"{hashlib.sha256(card.encode()).hexdigest()[:16]}.pin.json"
        self._held = False  # in this process's life the card has accepted the PIN

    def check(self) -> None:
        """Raises PinStopped while a person's word is awaited."""
        if self._note.exists():
            with self._alone():  # perhaps another process is just showing its PIN for the first time
                self._check()

    def _check(self) -> None:
        if self._note.exists():
            raise PinStopped(self.card, _told(_facts(self._note)))

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Around whatever shows the PIN to the card. Raises PinStopped instead of PinRefused."""
        if not self._held:
            with self._alone(), self._first():
                yield
            return
        self.check()
        try:
            yield
        except PinRefused as refused:
            raise self._stop(str(refused)) from None

    @contextmanager
    def _first(self) -> Iterator[None]:
        self._check()
        self._write(UNKNOWN)  # before the PIN leaves: where no note can be kept, no PIN is shown
        try:
            yield
        except PinRefused as refused:
            raise self._stop(str(refused)) from None
        except PinNotJudged:
            self._note.unlink(missing_ok=True)
            raise
        self._note.unlink(missing_ok=True)
        self._held = True

    def _stop(self, words: str) -> PinStopped:
        self._held = False
        with suppress(PinNotJudged):
            self._write(REFUSED, words)
        return PinStopped(self.card, _told({"outcome": REFUSED, "words": words}))

    def _write(self, outcome: str, words: str = "") -> None:
        facts = {"card": self.card, "outcome": outcome, "words": words, "at": datetime.now(UTC).isoformat()}
        try:
            replace(self._note, facts_text(facts))
        except OSError as error:
            raise PinNotJudged(f"{self.card}: {error}") from None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Raises PinNotJudged when it takes too long, or when notes cannot be kept."""
        with ExitStack() as stack:
            try:
                stack.enter_context(held(self._note.with_suffix(".lock"), self._patience))
            except (Busy, OSError) as error:
                raise PinNotJudged(f"{self.card}: {error}") from None
            yield


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why a card's PIN is at rest. refused: the card said no; else nobody knows what it said."""

    told: str
    refused: bool


def stopped_pins(folder: Path) -> dict[str, Stopped]:
    """Card -> what happened, of every card of a key folder whose PIN awaits a person's word."""
    rows = [_facts(path) for path in sorted(folder.glob("own/*.pin.json"))]
    return {str(row.get("card")): Stopped(_told(row), row.get("outcome") == REFUSED) for row in rows}


def allow_pin(folder: Path, card: str, by: str) -> dict[str, object]:
    """A person has looked at card and PIN: it may be shown once more. Returns the entry for the audit chain. Raises BadKeyFile
    where this card is not stopped."""
    found = [path for path in sorted(folder.glob("own/*.pin.json")) if _facts(path).get("card") == card]
    if not found or not by.strip():
        raise BadKeyFile(card, "没有等待放行的 PIN (no PIN of this card awaits a word)")
    outcome = str(_facts(found[0]).get("outcome"))
    found[0].unlink(missing_ok=True)
    return {"actor": by, "act": "key_pin", "subject": card, "detail": {"outcome": outcome}}


def _facts(note: Path) -> dict[str, object]:
    """A note that cannot be read stops the PIN just as well."""
    try:
        return read_facts(note)
    except BadKeyFile:
        return {}


def _told(facts: dict[str, object]) -> str:
    told = _TOLD.get(str(facts.get("outcome")), _TOLD[UNKNOWN])
    return f"{told}: {facts['words']}" if facts.get("words") else told
