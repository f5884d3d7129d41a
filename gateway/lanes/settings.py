"""`[channels.<name>]` of `gateway.toml`: one road to customs, by folder or by SFTP."""

from __future__ import annotations

from dataclasses import dataclass

from channels.chaos import Chances, read_chances
from mappings.table import Table

MOST_SESSIONS = 4


@dataclass(frozen=True, slots=True)
class SftpSettings:
    """Only with kind = "sftp": where and as whom to log in, by public key.

    key: our private key, for its owner only. known_hosts: the pinned host keys in OpenSSH's form; nobody is ever asked
    about another. passphrase_file: holds the key's passphrase. Paths are below the home, or absolute; all three files are
    read at every connection. sessions: 1 to 4 side by side on the one connection.
    """

    host: str
    user: str
    key: str
    known_hosts: str
    port: int = 22
    passphrase_file: str = ""
    sessions: int = 2


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """One road to customs. routes: the BizIDs that it carries.

    root: with kind = "folder" a folder below the home, or absolute; with kind = "sftp" the server's folder, as it spells it.
    kinds: it carries these whatever their BizID. default: it carries what no other channel does.
    technical_receipts: whether customs' client writes Successed_/Failed_; without them the move to SentBox tells.
    writer: "renames", or "streams" where files grow under their final names.
    chaos: FOR TESTS AND EXERCISES ONLY: mishaps on purpose, by chance (docs/how-to/chaos.md).
    """

    name: str
    root: str
    routes: tuple[str, ...]
    kind: str = "folder"
    technical_receipts: bool = True
    writer: str = "renames"
    sftp: SftpSettings | None = None
    kinds: tuple[str, ...] = ()
    default: bool = False
    chaos: Chances | None = None


def read_channel(name: str, table: Table) -> ChannelSettings:
    """Raises BadKind naming the key."""
    kind = one_of(table, "kind", ("folder", "sftp"))
    channel = ChannelSettings(
        name=name,
        kind=kind,
        root=table.take("root", str),
        routes=table.texts("routes"),
        technical_receipts=table.take("technical_receipts", bool, default=True),
        writer=one_of(table, "writer", ("renames", "streams")),
        chaos=read_chances(table),
        sftp=_sftp(table) if kind == "sftp" else None,
        kinds=table.texts("kinds"),
        default=table.take("default", bool, default=False),
    )
    table.done()
    return channel


def one_of(table: Table, key: str, among: tuple[str, ...]) -> str:
    """A text among some, the first where the key is absent. Raises BadKind."""
    value = table.take(key, str, among[0])
    if value not in among:
        raise table.bad(f"key '{key}': {value!r} is none of {', '.join(among)}")
    return value


def _sftp(table: Table) -> SftpSettings:
    found = SftpSettings(
        host=table.take("host", str),
        user=table.take("user", str),
        key=table.take("key", str),
        known_hosts=table.take("known_hosts", str),
        port=table.take("port", int, 22),
        passphrase_file=table.take("passphrase_file", str, ""),
        sessions=table.take("sessions", int, 2),
    )
    if not 0 < found.port < 1 << 16:
        raise table.bad(f"key 'port': {found.port} is no port")
    if not 1 <= found.sessions <= MOST_SESSIONS:
        raise table.bad(f"key 'sessions': {found.sessions} is not among 1 to {MOST_SESSIONS}")
    return found
