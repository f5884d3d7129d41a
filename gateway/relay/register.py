"""Registering an enterprise that sends through us: in the ledger, in the settings, with folders of its own and no key."""

from __future__ import annotations

import json
import re

from channels import FolderChannel
from channels.files import durable_replace
from gateway.errors import BadHome
from gateway.home import Home
from gateway.settings import FILE
from gateway.setup import TEN, node_id
from ledger.rows import Enterprise, NewEnterprise

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


def register(home: Home, name: str, *, code: str, title: str, node: str = "", quota: int = 0) -> Enterprise:
    """Raises BadHome where the name or the enterprise is there already. Its certificate is trusted apart, by two people."""
    if not NAME.fullmatch(name) or name in home.settings.relays:
        raise BadHome("SYS_HOME", detail=f"[relay.{name}] 已有或不合规 / is there already, or is no name")
    if code in home.tenants:
        raise BadHome("SYS_HOME", detail=f"{code} 已登记 / is registered already")
    node = node or node_id(code)
    root = f"relay/{name}"
    routes = sorted({biz for channel in home.settings.channels.values() for biz in channel.routes})
    for biz in routes:
        FolderChannel(home.path / root, biz).create()
    ten = len(code) == TEN
    fresh = NewEnterprise(code=code if ten else "", uscc="" if ten else code, name=title, node_id=node)
    (added,) = home.ledger.add_enterprises([fresh])
    file = home.path / FILE
    section = f"\n[relay.{name}]\nenterprise = {_toml(code)}\nroot = {_toml(root)}\nroutes = {_toml(routes)}\nquota = {quota}\n"
    durable_replace(file, (file.read_text(encoding="utf-8") + section).encode())
    return added


def _toml(value: object) -> str:
    """Texts and lists of texts are written in TOML as in JSON."""
    return json.dumps(value, ensure_ascii=False)
