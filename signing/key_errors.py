"""What the keys' side refuses beside `errors.py`.

SigningError
├── KeyUnavailable        SIGN_KEY_UNAVAILABLE (errors.py)
│   ├── KeyExposed        KEY_EXPOSED: others can read our private key, so it is not used
│   └── PinStopped        KEY_PIN: a card's PIN was refused, or nobody knows whether it was; a person must act first
└── NotApproved           KEY_SECOND_PERSON: a change that no second person has approved
"""

from __future__ import annotations

from pathlib import Path

from signing.errors import KeyUnavailable, SigningError


class KeyExposed(KeyUnavailable):
    """The file of a private key may be read by others than its owner."""

    def __init__(self, path: Path, mode: int) -> None:
        SigningError.__init__(self, "KEY_EXPOSED", path=path, mode=f"{mode:04o}")


class PinStopped(KeyUnavailable):
    """The PIN of a card is at rest until a person acts: a card locks itself after a few wrong ones."""

    def __init__(self, card: str, detail: str) -> None:
        SigningError.__init__(self, "KEY_PIN", card=card, detail=detail)


class NotApproved(SigningError):
    """A change of keys or partners by one person alone, or of a draft that is not there."""

    def __init__(self, detail: str) -> None:
        super().__init__("KEY_SECOND_PERSON", detail=detail)
