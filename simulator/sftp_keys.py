"""Keys of the SFTP face: the server's own, and a user's, both plain OpenSSH ed25519; the private ones for their owner only."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from channels.files import write_private

HOST_KEY = "host_key"
FOLDER = "sftp"  # inside customs/
PUBLIC = ".pub"
ANY_PORT = "127.0.0.1,[127.0.0.1]:*"


def make_host_key(customs: Path) -> None:
    """The server's key, once."""
    folder = customs / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    if not (folder / HOST_KEY).exists():
        private, public = _pair("customs")
        write_private(folder / HOST_KEY, private)
        (folder / f"{HOST_KEY}{PUBLIC}").write_bytes(public)


def admit(customs: Path, user: str, *, private: Path, known_hosts: Path) -> None:
    """A key for a user: its private half goes to the user, with the server's key to pin; its public half is admitted here."""
    key, public = _pair(user)
    write_private(private, key)
    with (customs / FOLDER / f"{user}{PUBLIC}").open("ab") as admitted:
        admitted.write(public)
    host = (customs / FOLDER / f"{HOST_KEY}{PUBLIC}").read_text(encoding="ascii").split()
    known_hosts.write_text(f"{ANY_PORT} {host[0]} {host[1]}\n", encoding="ascii")


def _pair(comment: str) -> tuple[bytes, bytes]:
    key = Ed25519PrivateKey.generate()
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, plain)
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return private, public + b" " + comment.encode() + b"\n"
