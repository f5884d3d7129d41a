"""Making a home: settings, key, database, folders, the first enterprise. Nothing that exists is overwritten."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from channels import FolderChannel
from gateway.errors import BadHome
from gateway.home import Home, absolute_url
from gateway.settings import FILE, TEMPLATE
from ledger.engine import migrate
from ledger.rows import NewEnterprise
from mappings.clock import SystemClock, moment
from signing.keys import make_own

NODE_PREFIX = "DXPENT"
CUSTOMS_NODE = "DXPEDC0000000001"


@dataclass(frozen=True, slots=True)
class NewHome:
    """What `gateway init` is asked for. code: 10-digit customs code or 18-character social credit code."""

    path: Path
    code: str
    name: str
    database: str = "sqlite:///gateway.db"
    customs: str = CUSTOMS_NODE
    judge: str = "one"
    same_account: bool = False


def make_home(new: NewHome, *, passphrase: bytes | None, now: int | None = None) -> Home:
    """now: µs, from which the key is valid; the machine's time where left out. Raises BadHome where the folder holds a home already."""
    if (new.path / FILE).exists():
        raise BadHome("SYS_HOME", detail=f"{new.path} 已是工作目录 / is a home already")
    node = node_id(new.code)
    for folder in ("keys", "maps", "results", f"declarations/{new.code}/new", f"declarations/{new.code}/taken",
                   f"declarations/{new.code}/refused"):  # fmt: skip
        (new.path / folder).mkdir(parents=True, exist_ok=True)
    (new.path / "keys").chmod(0o700)
    migrate(absolute_url(new.database, new.path))  # before the key: a database that cannot be had leaves no key behind
    make_own(
        new.path / "keys",
        node,
        name=new.name,
        passphrase=passphrase,
        now=moment(SystemClock().now() if now is None else now),
    )
    same = str(new.same_account).lower()
    text = TEMPLATE.format(node=node, customs=new.customs, database=new.database, judge=new.judge, same_account=same)
    (new.path / FILE).write_text(text, encoding="utf-8")
    home = Home(new.path, passphrase=lambda _key: passphrase)
    for channel in home.wires.channels.values():
        if isinstance(channel, FolderChannel):
            channel.create()
    ten = new.code if len(new.code) == TEN else ""
    home.ledger.add_enterprises(
        [NewEnterprise(code=ten or new.code, uscc="" if ten else new.code, name=new.name, node_id=node)]
    )
    return home


TEN = 10


def node_id(code: str) -> str:
    """The node of an enterprise: DXPENT and ten digits of its code (real-messages 2.1)."""
    if len(code) not in (TEN, 18):
        raise BadHome(
            "SYS_HOME", detail=f"企业代码 {code} 应为 10 位或 18 位 / an enterprise code has 10 or 18 characters"
        )
    return NODE_PREFIX + (code if len(code) == TEN else code[-TEN:])
