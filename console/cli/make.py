"""Making homes: a real one, a demo one that has customs' end beside it, and further enterprises in either."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from gateway.errors import BadHome
from gateway.home import Home
from gateway.setup import TEN, NewHome, make_home, node_id
from ledger.rows import Enterprise, NewEnterprise
from mappings.clock import moment
from mappings.sample import ENTERPRISE
from signing.keys import listed, make_own, trust

CUSTOMS = "customs"
DEMO_NAME = "演示企业有限公司"
Passphrase = Callable[[str], bytes | None]


def real_home(path: Path, *, code: str, name: str, database: str, passphrase: Passphrase) -> Home:
    """The passphrase is asked for when everything else is known to be right."""
    return make_home(NewHome(path, code, name, database), passphrase=passphrase(node_id(code)))


def demo_home(
    path: Path, *, code: str = "", name: str = "", database: str = "sqlite:///gateway.db", progress: str = "immediate"
) -> Home:
    """Both ends, each knowing the other's certificate, on one clock. progress: how fast customs' desks work."""
    from simulator.settings import USER, Registered, make_customs
    from simulator.sftp_keys import admit

    new = NewHome(path, code or ENTERPRISE, name or DEMO_NAME, database, judge="both", same_account=True)
    home = make_home(new, passphrase=None)
    channel = next(iter(home.settings.channels.values()))
    make_customs(
        home.path / CUSTOMS,
        enterprises=[Registered(t.node_id, t.code, t.uscc, t.name) for t in home.ledger.enterprises()],
        channel_root=home.path / channel.root,
        biz=channel.routes,
        now=home.clock.now(),
        node=home.settings.customs,
        progress=progress,
    )
    for node in home.nodes:
        _introduce(home, node)
    admit(home.path / CUSTOMS, USER, private=home.keys / "sftp_client", known_hosts=home.keys / "sftp_known_hosts")
    return home


def _introduce(home: Home, node: str) -> None:
    """A node of ours and the simulator's customs learn each other's certificates."""
    customs = home.path / CUSTOMS / "keys"
    for row in listed(home.keys):
        if row.role == "own" and row.node == node:
            trust(customs, node, row.path.read_bytes())
    for row in listed(customs):
        if row.role == "own":
            trust(home.keys, row.node, row.path.read_bytes())


def _register(home: Home, added: Enterprise) -> None:
    """The simulator's customs learns of an enterprise."""
    from simulator.house import FILE, Registered, load_settings, written

    folder = home.path / CUSTOMS
    known = load_settings(folder)
    row = Registered(added.node_id, added.code, added.uscc, added.name)
    (folder / FILE).write_text(written(replace(known, enterprises=(*known.enterprises, row))), encoding="utf-8")
    _introduce(home, added.node_id)


def enterprise(home: Home, code: str, name: str, uscc: str) -> Enterprise:
    """One more enterprise, its key, its folders; in a demo home customs knows it too."""
    if code in home.tenants or uscc in home.tenants:
        raise BadHome("SYS_HOME", detail=f"{code} 已登记 / is registered already")
    node, now = node_id(code), moment(home.clock.now())
    make_own(home.keys, node, name=name, passphrase=_passphrase(home, node), now=now)
    for folder in ("new", "taken", "refused"):
        (home.path / "declarations" / code / folder).mkdir(parents=True, exist_ok=True)
    is_ten = len(code) == TEN
    fresh = NewEnterprise(code=code if is_ten else "", uscc=uscc if is_ten else code, name=name, node_id=node)
    added = home.ledger.add_enterprises([fresh])[0]
    if (home.path / CUSTOMS).is_dir():
        _register(home, added)
    return added


def _passphrase(home: Home, node: str) -> bytes | None:
    """A demo home's keys are plain; any other home's new key is locked."""
    from console.cli.passphrase import new

    return None if (home.path / CUSTOMS).is_dir() else new(node)
