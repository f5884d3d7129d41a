"""The passphrase of a key, or the PIN of a card, by the key's name: from where GATEWAY_KEY_PASSPHRASE_FILE points.

A folder holds one file a key, called as the key is: `DXPENT1108919038`, `DXPENT1108919038.2`. A single file is the passphrase of
every key file, and never a card's PIN: a card locks after a few wrong ones, so nothing is tried on it that is not its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from gateway.errors import BadHome
from signing.providers import card_named

VARIABLE = "GATEWAY_KEY_PASSPHRASE_FILE"

Passphrase = Callable[[str], bytes | None]
"""By a key's name; None where nobody knows it now."""


def from_environment(keys: Path) -> Passphrase:
    """For the keys of one key folder."""
    return lambda name: given(name, is_card=bool(card_named(keys, name)))


def given(name: str, *, is_card: bool = False) -> bytes | None:
    """Without its line end; None where nothing is named, or the folder has no file of this key. Raises BadHome where the file
    cannot be read or is empty: a key must not end up unlocked by mistake."""
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    path = Path(named)
    if path.is_dir():
        path = path / name
        if not path.exists():
            return None
    elif is_card:
        return None
    try:
        found = path.read_bytes().rstrip(b"\r\n")
    except OSError as unreadable:
        raise BadHome("SYS_HOME", detail=f"{VARIABLE}: {unreadable}") from unreadable
    if not found:
        raise BadHome("SYS_HOME", detail=f"{VARIABLE}: {path} 为空 / is empty")
    return found
