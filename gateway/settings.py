"""`gateway.toml`, read strictly: what a home says of itself. Every key is listed in `docs/reference/settings.md`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from gateway.errors import BadHome
from gateway.lanes.settings import ChannelSettings, one_of, read_channel
from mappings.table import BadKind, Table

FILE = "gateway.toml"


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """An enterprise whose sealed files go through us. channel: its boxes, by folder or by SFTP, with the keys of a channel.

    enterprise: its code; its certificate is trusted like a partner's. quota: files a day, 0 for no limit.
    """

    name: str
    enterprise: str
    channel: ChannelSettings
    quota: int = 0


@dataclass(frozen=True, slots=True)
class LegacySettings:
    """One partner that may still seal with SHA-1, for reading only. until: the last day, Beijing time."""

    partner: str
    until: date


@dataclass(frozen=True, slots=True)
class Settings:
    """node: our id on the exchange platform. customs: the node that our messages are addressed to.

    archive: files that were taken in, beside the ledger: "none", "keep" for ever, "days:30" for so many days.
    maps: by an enterprise's code, the intake map through which its files in declarations/ are read.
    work: how long a notice may wait for the enterprise, None as its kind says (10 days). Our policy: customs names no day.
    same_account: whether a change of keys may be approved from the account of the operating system that drafted it.
    """

    node: str
    customs: str
    database: str = "sqlite:///gateway.db"
    judge: str = "one"
    archive: str = "none"
    eledger: str = "trust"
    channels: Mapping[str, ChannelSettings] = field(default_factory=dict)
    legacy: LegacySettings | None = None
    relays: Mapping[str, RelaySettings] = field(default_factory=dict)
    same_account: bool = False
    maps: Mapping[str, str] = field(default_factory=dict)
    work: timedelta | None = None


TEMPLATE = """\
# 报关网关的设置 / settings of this home. 说明见 / explained in docs/reference/settings.md
[node]
id = "{node}"                # 本方节点号 / our node on the exchange platform
customs = "{customs}"           # 海关节点号 / the node that messages are addressed to

[database]
url = "{database}"

[judge]
judges = "{judge}"                       # one: lxml 裁决 / lxml decides; both: 每份报文由两个校验器裁决 / both judge every message

[channels.customs]
kind = "folder"
root = "channels/customs"
routes = ["CertOut", "CertIn"]
technical_receipts = true
# kinds = ["certificate_application"]  # 此通道承运的种类，优先于 BizID / kinds that go here whatever their BizID
# default = true                       # 其余种类走此通道 / carries what no other channel does

# 经 SFTP 的通道：登录用公钥，主机密钥须预先登记，从不询问 / a channel by SFTP: login by public key, host key pinned, never asked about:
# [channels.sftp]
# kind = "sftp"
# host = "sftp.example.cn"
# user = "enterprise"
# key = "keys/sftp_client"
# known_hosts = "keys/sftp_known_hosts"
# root = "/exchange"
# routes = ["CertOut"]

[eledger]
# 没有电子底账时 / where an e-ledger is not known: trust 按企业填报 / as declared; ask 先向海关查询 / customs is asked first
unknown = "trust"

[work]
# 海关通知的办理期限：本网关的期限，海关未规定 / how long a notice of customs may wait: our own policy, customs names no day
due = "10d"

[archive]
inbox = "none"                       # none | keep | days:30: 收下的文件另存 archive/ / files taken in are kept in archive/

[keys]
# 密钥变更由一人起草、另一人批准。false: 两人须用不同的系统账户；true: 共用一个系统账户，只凭姓名区分（姓名由本人自报）
# who drafts a change of keys does not approve it. false: two accounts of this machine; true: one account may do both, and only
# the names that people give tell them apart
same_account = {same_account}

# 对照表：企业放进 declarations/ 的文件按 maps/ 内的此表读入 / intake maps by which an enterprise's files in declarations/ are read:
# [declarations]
# maps = {{ "1108919038" = "erp" }}

# 代发：企业自己签名的文件经本网关转交，回执放回它自己的信箱 / relay: an enterprise's own sealed files go through us:
# [relay.first]
# enterprise = "1108919039"          # 已登记 / registered: gateway relay add
# root = "relay/first"
# routes = ["CertOut"]
# quota = 0                          # 每日份数，0 不限 / files a day, 0: no limit

# 旧式签名（SHA-1）只读、只限一个伙伴、有截止日 / old signatures, for reading, of one partner, until a day:
# [legacy]
# partner = "DXPEDC0000000001"
# until = 2026-12-31
"""


def load_settings(home: Path) -> Settings:
    """Raises BadHome naming file and key."""
    file = home / FILE
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
        return _settings(Table(FILE, values))
    except FileNotFoundError as missing:
        raise BadHome("SYS_HOME", detail=f"{home} 不是工作目录，没有 {FILE} / is no home: no {FILE}") from missing
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as bad:
        raise BadHome("SYS_HOME", detail=f"{FILE}: {bad}") from bad
    except BadKind as bad:
        raise BadHome("SYS_HOME", detail=str(bad)) from bad


def _settings(table: Table) -> Settings:
    sections = dict(table.named())
    node, database = sections.pop("node", Table(FILE, {})), sections.pop("database", Table(FILE, {}))
    judge, archive = sections.pop("judge", Table(FILE, {})), sections.pop("archive", Table(FILE, {}))
    eledger, work = sections.pop("eledger", Table(FILE, {})), sections.pop("work", Table(FILE, {}))
    relays = sections.pop("relay", Table(FILE, {}))
    keys = sections.pop("keys", Table(FILE, {}))
    declarations = sections.pop("declarations", Table(FILE, {}))
    channels, legacy = sections.pop("channels", Table(FILE, {})), sections.pop("legacy", None)
    settings = Settings(
        node=node.take("id", str),
        customs=node.take("customs", str),
        database=database.take("url", str, "sqlite:///gateway.db"),
        judge=one_of(judge, "judges", ("one", "both")),
        archive=_archive(archive),
        channels={name: read_channel(name, inner) for name, inner in channels.named()},
        legacy=_legacy(legacy) if legacy else None,
        relays={name: _relay(name, inner) for name, inner in relays.named()},
        eledger=one_of(eledger, "unknown", ("trust", "ask")),
        same_account=keys.take("same_account", bool, default=False),
        maps=_maps(declarations),
        work=work.span("due"),
    )
    for inner in (node, database, judge, archive, channels, relays, keys, eledger, declarations, work):
        inner.done()
    if sections:
        raise BadKind(FILE, f"unknown section [{next(iter(sections))}]")
    return settings


def _maps(table: Table) -> dict[str, str]:
    found = dict(table.table("maps"))
    if not all(isinstance(name, str) and name for name in found.values()):
        raise BadKind(FILE, "[declarations] maps names an intake map for each enterprise")
    return found


def _archive(table: Table) -> str:
    wanted = table.take("inbox", str, "none")
    if wanted not in ("none", "keep") and not re.fullmatch("days:[1-9][0-9]{0,4}", wanted):
        raise table.bad(f"key 'inbox': {wanted!r} is none of none, keep, days:<how many>")
    return wanted


def _legacy(table: Table) -> LegacySettings:
    found = LegacySettings(table.take("partner", str), table.take("until", date))
    table.done()
    return found


def _relay(name: str, table: Table) -> RelaySettings:
    enterprise, quota = table.take("enterprise", str), table.take("quota", int, 0)
    return RelaySettings(name, enterprise, read_channel(name, table), quota)
