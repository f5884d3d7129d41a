"""The key folder's names, and the only way in which its files are made and its private keys are read.

own/<node>.cert.pem              our certificate; a node's further ones are <node>.2.cert.pem, <node>.3.cert.pem …
own/<node>.key.pem               its key: PKCS#8, readable by its owner only, encrypted where a passphrase is given
own/<node>.p12                   or both in one file (provider = "pkcs12")
own/<node>.toml                  who holds the key (`providers.py`); without it the .key.pem does
partners/<node>/<serial>.cert.pem     a certificate pinned for a sender
partners/<node>/<serial>.ca.pem       an authority pinned for a sender, with <serial>.ca.json: whom it speaks for (`partners.py`)
partners/<node>/crl.pem               revocation lists of the sender's issuers, also as <serial>.crl.pem
…/<the same>.retired.json        beside a certificate that is not used any more: since when and why (`retirement.py`)
drafts/<id>/                     changes that wait for a second person (`drafts.py`)
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from signing.certificate import Certificate
from signing.errors import BadKeyFile
from signing.key_errors import KeyExposed

KEY, CERTIFICATE, BOTH, SETTINGS = ".key.pem", ".cert.pem", ".p12", ".toml"
AUTHORITY, SPEAKS_FOR = ".ca.pem", ".ca.json"
REVOCATIONS = "crl.pem"
RETIRED = ".retired.json"
OTHERS = 0o077

_NODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OWN = re.compile(r"([A-Za-z0-9_-]{1,64})(?:\.([1-9]\d{0,3}))?" + re.escape(CERTIFICATE))
_MOST_BYTES = 1 << 20  # of a file in this folder; whoever lays more there has made a mistake


@dataclass(frozen=True, slots=True)
class Own:
    """One certificate of a node of ours, and where the files of its key stand."""

    node: str
    number: int  # 1 for `<node>.cert.pem`; later ones count on
    path: Path

    @property
    def name(self) -> str:
        """What its files are called before their endings: `N`, `N.2`."""
        return self.path.name.removesuffix(CERTIFICATE)

    def beside(self, suffix: str) -> Path:
        """The file of another kind under the same name."""
        return self.path.with_name(self.name + suffix)


def own_name(node: str, number: int) -> str:
    """The name that the files of a node's n-th certificate begin with."""
    return node if number == 1 else f"{node}.{number}"


def own_files(folder: Path, node: str | None = None) -> list[Own]:
    """Our certificates, of all nodes or of one, oldest number first. Raises BadKeyFile for a name that is none."""
    found = []
    for path in folder.glob(f"own/[!.]*{CERTIFICATE}"):
        named = _OWN.fullmatch(path.name)
        if not named:
            raise BadKeyFile(path, f"文件名应为 <节点>{CERTIFICATE} 或 <节点>.<序号>{CERTIFICATE} (a name of no node)")
        found.append(Own(named[1], int(named[2] or 1), path))
    return sorted((each for each in found if node in (None, each.node)), key=lambda each: (each.node, each.number))


def certificate_files(folder: Path) -> Iterator[tuple[str, str, Path]]:
    """(role own or partner, node, path) of every certificate in a key folder. Raises BadKeyFile for a file of no known name
    among a partner's: a certificate that is silently not registered would be found only by its messages."""
    for own in own_files(folder):
        yield "own", own.node, own.path
    for path in sorted(folder.glob("partners/*/[!.]*")):
        if path.name.endswith(CERTIFICATE):
            yield "partner", path.parent.name, path
        elif not is_list(path) and not path.name.endswith((AUTHORITY, SPEAKS_FOR, RETIRED)):
            raise BadKeyFile(path, f"文件名应为 *{CERTIFICATE} 或 {REVOCATIONS} (a file of no known name)")


def authority_files(folder: Path) -> list[tuple[str, Path]]:
    """(node, path) of every pinned authority."""
    return [(path.parent.name, path) for path in sorted(folder.glob(f"partners/*/[!.]*{AUTHORITY}"))]


def list_files(folder: Path) -> list[tuple[str, Path]]:
    """(node, path) of every revocation list."""
    found = (path for path in sorted(folder.glob("partners/*/[!.]*")) if is_list(path))
    return [(path.parent.name, path) for path in found]


def is_list(path: Path) -> bool:
    return path.name == REVOCATIONS or path.name.endswith(f".{REVOCATIONS}")


def stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Changes whenever a certificate, note or list of a key folder does: whoever keeps what was read of it looks here first, so
    that a retirement holds in processes that run already."""
    places = [folder / "own", *sorted(folder.glob("partners")), *sorted(folder.glob("partners/*/"))]
    return tuple(
        (str(each), each.stat().st_mtime_ns, sum(1 for _ in each.iterdir())) for each in places if each.is_dir()
    )


def node_path(folder: Path, node_id: str) -> Path:
    """A node's place. Its name becomes a file name: letters, digits, `_` and `-` only."""
    if not _NODE.fullmatch(node_id):
        raise BadKeyFile(folder, f"节点代码 {node_id!r} 不能作文件名 (not a node id)")
    return folder / node_id


def read_certificate(path: Path) -> Certificate:
    try:
        return Certificate.read(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadKeyFile(path, str(error)) from error


def read_private(path: Path) -> bytes:
    """The bytes of a private key. Raises OSError, and KeyExposed where others than its owner may read or change it."""
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)  # of what was opened, not of what the name says later
        if os.name == "posix" and mode & OTHERS:
            raise KeyExposed(path, mode)
        return file.read(_MOST_BYTES)


def create(path: Path, data: bytes, *, mode: int) -> None:
    """A new file, on the disk when this returns. Raises BadKeyFile where there is one: nothing here is overwritten."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise BadKeyFile(path, "已存在，不覆盖 (exists and is not overwritten)") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace(path: Path, data: bytes) -> None:
    """A file whole or not at all: a reader of the folder sees no half-written one."""
    whole = path.with_name(f".{path.name}.{os.getpid()}")
    whole.unlink(missing_ok=True)
    create(whole, data, mode=0o644)
    whole.replace(path)


def read_facts(path: Path) -> dict[str, Any]:
    """A file that this package has written about a certificate. Raises BadKeyFile."""
    try:
        facts = json.loads(path.read_bytes()[:_MOST_BYTES])
    except (OSError, ValueError) as error:
        raise BadKeyFile(path, str(error)) from error
    if not isinstance(facts, dict):
        raise BadKeyFile(path, "不是 JSON 对象 (not a JSON object)")
    return facts


def facts_text(facts: dict[str, Any]) -> bytes:
    return (json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode()
