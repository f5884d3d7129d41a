"""The passphrase of our keys: from a file that the environment names, else asked for at the terminal; never echoed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import typer

from gateway.errors import BadHome
from mappings.faults import Refused


def new() -> bytes:
    """For a key that is about to be made: asked for twice. Raises BadHome where nobody can be asked."""
    given = _given()
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise BadHome(
            "SYS_HOME",
            detail="新密钥需要口令，请设置 GATEWAY_KEY_PASSPHRASE_FILE / a new key needs a passphrase: "
            "name a file in GATEWAY_KEY_PASSPHRASE_FILE",
        )
    asked: str = typer.prompt("密钥口令 / key passphrase", hide_input=True, confirmation_prompt=True, err=True)
    return asked.encode()


def of_home(home: Path) -> Callable[[], bytes | None]:
    """Called when a key is to be opened; asks once, and only where a key of this home is locked."""
    asked: list[bytes | None] = []

    def passphrase() -> bytes | None:
        if not asked:
            asked.append(_of_locked(home) if _locked(home) else None)
        return asked[0]

    return passphrase


def _of_locked(home: Path) -> bytes | None:
    given = _given()
    if given is None and sys.stdin.isatty():
        words: str = typer.prompt(f"密钥口令 / key passphrase ({home.name})", hide_input=True, err=True)
        return words.encode()
    return given


def _locked(home: Path) -> bool:
    from signing.keys import listed

    try:
        return any(row.encrypted for row in listed(home / "keys"))
    except Refused:  # told with its path when the key is opened
        return True


def _given() -> bytes | None:
    """Raises BadHome where the file that is named cannot be read or is empty: a key must not end up unlocked by mistake."""
    named = os.environ.get("GATEWAY_KEY_PASSPHRASE_FILE")
    if not named:
        return None
    try:
        found = Path(named).read_bytes().rstrip(b"\r\n")
    except OSError as unreadable:
        raise BadHome("SYS_HOME", detail=f"GATEWAY_KEY_PASSPHRASE_FILE: {unreadable}") from unreadable
    if not found:
        raise BadHome("SYS_HOME", detail=f"GATEWAY_KEY_PASSPHRASE_FILE: {named} 为空 / is empty")
    return found
