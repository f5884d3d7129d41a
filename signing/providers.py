"""Who holds a key of ours, as data: `own/<node>.toml` beside the certificate. Without it the key lies in `<node>.key.pem`.

provider = "file"      no further keys
provider = "pkcs12"    file (a name in the same folder, default `<node>.p12`)
provider = "pkcs11"    module (path of the library), token (its label), key (the key's label, default the node)
provider = "remote"    url (ws://127.0.0.1:61232), timeout (seconds a signature, default 10)

The passphrase, or the card's PIN, is never written here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from signing.errors import BadKeyFile
from signing.folder import BOTH, KEY, SETTINGS, Own, own_files
from signing.remote_url import loopback

Value = str | float
TIMEOUT = 10.0
_MOST_SECONDS = 600.0

_KEYS: Mapping[str, Mapping[str, Value | None]] = MappingProxyType({
    "file": {},
    "pkcs12": {"file": ""},
    "pkcs11": {"module": None, "token": None, "key": ""},
    "remote": {"url": None, "timeout": TIMEOUT},
})  # fmt: skip
"""Provider -> its settings and their defaults; None where one must be given."""

LOCKED = frozenset({"pkcs12", "pkcs11", "remote"})
"""Providers that always ask for a passphrase or a PIN."""


@dataclass(frozen=True, slots=True)
class Provider:
    """One settings file, checked."""

    name: str
    values: Mapping[str, Value]
    path: Path

    def setting(self, key: str) -> str:
        return str(self.values[key])

    def seconds(self, key: str) -> float:
        return float(self.values[key])


def provider_of(own: Own) -> Provider:
    """Who holds the key of this certificate. Raises BadKeyFile."""
    path = own.beside(SETTINGS)
    if not path.exists():
        return Provider("file", {}, path)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadKeyFile(path, str(error)) from error
    return checked(raw, own, path)


def checked(raw: Mapping[str, object], own: Own, path: Path) -> Provider:
    """Settings as they were read from a file. Raises BadKeyFile naming the key."""
    rest = dict(raw)
    name = rest.pop("provider", None)
    if not isinstance(name, str) or name not in _KEYS:
        raise BadKeyFile(path, f"provider: {name!r} ∉ {sorted(_KEYS)}")
    wanted = _KEYS[name]
    if unknown := sorted(set(rest) - set(wanted)):
        raise BadKeyFile(path, f"{', '.join(unknown)}: {name} 没有这些设置 (no settings of {name})")
    values = {key: _value(key, rest.get(key, default), default, path) for key, default in wanted.items()}
    return Provider(name, MappingProxyType(values | _derived(name, values, own, path)), path)


def _value(key: str, found: object, default: Value | None, path: Path) -> Value:
    if isinstance(default, float):
        if isinstance(found, int | float) and not isinstance(found, bool) and 0 < found <= _MOST_SECONDS:
            return float(found)
        raise BadKeyFile(path, f"{key}: 应为 0 至 {_MOST_SECONDS:.0f} 秒 (seconds)")
    if isinstance(found, str) and (found or default == "") and found.isprintable():
        return found
    raise BadKeyFile(path, f"{key}: 应为文字 (a text is needed)")


def _derived(name: str, values: Mapping[str, Value], own: Own, path: Path) -> dict[str, Value]:
    """What follows from the node where it is not said; and what a text must be besides."""
    if name == "pkcs12":
        file = str(values["file"]) or own.beside(BOTH).name
        if Path(file).name != file:
            raise BadKeyFile(path, "file: 只能是同一文件夹里的文件名 (a name in the same folder only)")
        return {"file": file}
    if name == "pkcs11":
        return {"key": values["key"] or own.node}
    if name == "remote":
        loopback(str(values["url"]), path)
    return {}


def settings_text(raw: Mapping[str, Value]) -> bytes:
    """A settings file of these values, e.g. {"provider": "remote", "url": "ws://127.0.0.1:61232"}."""
    return "".join(f"{key} = {_toml(value)}\n" for key, value in raw.items()).encode()


def _toml(value: Value) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'  # `checked` lets printable text through only
    return repr(float(value))


def card_of(own: Own) -> str:
    """What people call the card that holds the key: `ws://127.0.0.1:61232`, `/usr/lib/softhsm/libsofthsm2.so#label`; "" for a key in
    a file. Raises BadKeyFile."""
    provider = provider_of(own)
    if provider.name == "pkcs11":
        return token_name(provider.setting("module"), provider.setting("token"))
    return provider.setting("url") if provider.name == "remote" else ""


def token_name(module: str, label: str) -> str:
    return f"{module}#{label}"


def card_named(folder: Path, name: str) -> str:
    """The same by the name of a key of a key folder (`N`, `N.2`); "" where there is none. Raises BadKeyFile."""
    own = next((each for each in own_files(folder) if each.name == name), None)
    return card_of(own) if own else ""


def is_locked(own: Own) -> bool | None:
    """Does the key ask for a passphrase or a PIN? None where there is no key, or nobody can tell."""
    try:
        provider = provider_of(own)
        return True if provider.name in LOCKED else b"ENCRYPTED" in own.beside(KEY).read_bytes()
    except (OSError, BadKeyFile):
        return None
