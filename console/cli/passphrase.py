"""The passphrase of a key or the PIN of a card: from a file that the environment names, else asked for at the terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from gateway.errors import BadHome
from gateway.passphrase import VARIABLE, Passphrase, given
from mappings.faults import Refused


def new(name: str) -> bytes:
    """For the key of this name that is about to be made: asked for twice. Raises BadHome where nobody can be asked."""
    found = given(name)
    if found is not None:
        return found
    if not sys.stdin.isatty():
        raise BadHome(
            "SYS_HOME",
            detail=f"新密钥 {name} 需要口令，请设置 {VARIABLE} / a new key ({name}) needs a passphrase: "
            f"name a file, or a folder with a file {name}, in {VARIABLE}",
        )
    asked: str = typer.prompt(
        f"密钥口令 / key passphrase ({name})", hide_input=True, confirmation_prompt=True, err=True
    )
    return asked.encode()


def further(keys: Path, node: str) -> bytes:
    """For a node's next key. Raises BadHome, BadKeyFile."""
    from signing.changes import next_place

    return new(next_place(keys, node).rpartition("/")[2])


def of_home(home: Path) -> Passphrase:
    """Called with a key's name when that key is to be opened: asks once a key, and only for one that is locked."""
    asked: dict[str, bytes | None] = {}

    def passphrase(name: str) -> bytes | None:
        if name not in asked:
            asked[name] = _of_locked(home / "keys", name)
        return asked[name]

    return passphrase


def _of_locked(keys: Path, name: str) -> bytes | None:
    from signing.folder import own_files
    from signing.providers import card_of, is_locked

    try:
        own = next((each for each in own_files(keys) if each.name == name), None)
        locked, card = (own is None or is_locked(own) is not False), card_of(own) if own else ""
    except Refused:  # told with its path when the key is opened
        locked, card = True, ""
    if not locked:
        return None
    found = given(name, is_card=bool(card))
    if found is None and sys.stdin.isatty():
        what = f"PIN ({card})" if card else "密钥口令 / key passphrase"
        words: str = typer.prompt(f"{what} ({name})", hide_input=True, err=True)
        return words.encode()
    return found
