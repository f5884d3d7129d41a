"""What an SFTP connection may rest on: algorithms from a list, pinned host keys, our own login key.

Files are read at every connection, so that a key that was changed counts from the next one on (reliability F34).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm

from channels.errors import ChannelError

# Best first. No CBC, no 3DES, no MD5, no SHA-1, no group exchange (it takes 1024 bits where a server insists).
CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr")
MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512")
KEX = (
    "mlkem768x25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521", "diffie-hellman-group16-sha512", "diffie-hellman-group14-sha256",
)  # fmt: skip
RSA = ("rsa-sha2-512", "rsa-sha2-256")
HOST_KEYS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", *RSA)
RSA_BITS = 2048
SSH_PORT = 22


@dataclass(frozen=True, slots=True)
class SftpServer:
    """Where and as whom to log in.

    key: our private key (OpenSSH or PEM, for its owner only). passphrase_file: holds the key's passphrase, or None.
    known_hosts: the pinned host keys, in OpenSSH's form. sessions: 1..4 side by side on the one connection.
    """

    host: str
    port: int
    user: str
    key: Path
    known_hosts: Path
    passphrase_file: Path | None = None
    sessions: int = 2

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"


def restrict(transport: paramiko.Transport, pinned: Iterable[paramiko.PKey]) -> None:
    """Offers what the lists above name and nothing else; of host keys the pinned types, where any are pinned."""
    types = {key.get_name() for key in pinned}
    wanted = [name for name in HOST_KEYS if not types or name in types or (name in RSA and "ssh-rsa" in types)]
    options = transport.get_security_options()
    options.ciphers = among(CIPHERS, options.ciphers)
    options.digests = among(MACS, options.digests)
    options.kex = among(KEX, options.kex)
    options.key_types = among(wanted, options.key_types)
    options.compression = ("none",)


def among(allowed: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """The allowed ones that the library knows, in our order."""
    there = frozenset(known)
    return tuple(name for name in allowed if name in there)


def pins(server: SftpServer) -> list[paramiko.PKey]:
    """The host keys that are pinned for it, under `[host]:port` or plain `host`. Raises ChannelError CHANNEL_KEY."""
    try:
        known = paramiko.HostKeys(str(server.known_hosts))
    except (OSError, UnicodeDecodeError, paramiko.SSHException) as error:
        raise ChannelError("CHANNEL_KEY", path=str(server.known_hosts), detail=_said(error)) from error
    names = [f"[{server.host}]:{server.port}", server.host]
    entries = [known.lookup(name) for name in names]
    return [entry[kind] for entry in entries if entry for kind in entry.keys()]  # noqa: SIM118  (it is no dict)


def require(server: SftpServer, found: paramiko.PKey, pinned: list[paramiko.PKey]) -> None:
    """Raises ChannelError CHANNEL_HOST_KEY with both fingerprints, unless `found` is one of the pinned."""
    if not any(found == key for key in pinned):
        told = ", ".join(fingerprint(key) for key in pinned) or "—"
        raise ChannelError("CHANNEL_HOST_KEY", host=server.name, pinned=told, found=fingerprint(found))


def fingerprint(key: paramiko.PKey) -> str:
    """`ssh-ed25519 SHA256:…`, as ssh-keygen -l prints it."""
    return f"{key.get_name()} {key.fingerprint}"


def login_key(server: SftpServer) -> paramiko.PKey:
    """Raises ChannelError CHANNEL_KEY: missing, readable by others, passphrase wrong, a kind that is not taken."""
    try:
        if sys.platform != "win32" and server.key.stat().st_mode & 0o077:
            raise _key(server, "其他用户可读，请 chmod 600 / others may read it: chmod 600")
        secret = server.passphrase_file.read_bytes().rstrip(b"\r\n") if server.passphrase_file else None
        key = paramiko.PKey.from_path(server.key, secret)  # type: ignore[arg-type, unused-ignore]
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm, paramiko.SSHException) as error:
        raise _key(server, _said(error)) from error
    except paramiko.pkey.UnknownKeyType as error:
        raise _key(server, "密钥类型不受支持 / a kind of key that is not taken") from error
    if isinstance(key, paramiko.RSAKey) and key.get_bits() < RSA_BITS:
        raise _key(server, f"RSA {key.get_bits()} < {RSA_BITS}")
    return key


def _key(server: SftpServer, detail: str) -> ChannelError:
    return ChannelError("CHANNEL_KEY", path=str(server.key), detail=detail)


def _said(error: BaseException) -> str:
    """One line, without the file's content."""
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).splitlines()[0]
