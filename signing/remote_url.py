"""Where a remote signer may be: this machine, and nowhere else. A PIN travels to it in clear."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from signing.errors import BadKeyFile


@dataclass(frozen=True, slots=True)
class Place:
    """A loopback address as it is dialled."""

    url: str
    host: str  # an address, never a name
    port: int


def loopback(url: str, named: object) -> Place:
    """The place of a `ws://` address of this machine. A name, even `localhost`, is refused: what it means is told by files and
    servers that others may write. Raises BadKeyFile."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, ipaddress.ip_address(parts.hostname or "")
    except ValueError as error:
        raise BadKeyFile(named, f"url: {error}") from error
    if parts.scheme != "ws" or port is None or "@" in parts.netloc or parts.query or parts.fragment:
        raise BadKeyFile(named, "url: 应为 ws://127.0.0.1:<端口> (wanted ws://127.0.0.1:<port>)")
    if not host.is_loopback or getattr(host, "ipv4_mapped", None) or getattr(host, "scope_id", None):
        raise BadKeyFile(named, f"url: {host} 不是本机地址 (not an address of this machine)")
    return Place(url, str(host), port)
