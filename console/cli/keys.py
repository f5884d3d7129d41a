"""Own keys and partners' certificates: `gateway keys …`. Every change is drafted by one person and approved by another.

No passphrase and no PIN is ever an argument: they come from files or from the terminal (`console/cli/passphrase.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import Door, account, actor
from mappings.clock import BEIJING, moment

if TYPE_CHECKING:
    from gateway.home import Home
    from signing.changes import Change
    from signing.drafts import Draft
    from signing.keys import KeyRow
    from signing.rotation import Expiry

Node = Annotated[str, typer.Argument(metavar="NODE", help="节点号 / node id.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="PEM、DER 或 .p12 / PEM, DER or .p12.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="草案编号 / the draft's id.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="经办人 / who acts; this account where left out.")]
Certificate = Annotated[
    Path | None, typer.Option("--cert", metavar="PEM", help="证书（.p12 不需要） / its certificate; not for a .p12.")
]
Authority = Annotated[
    list[str] | None,
    typer.Option("--authority", metavar="O=…", help="签发机构及其担保之名 / an authority, and for which name."),
]
Starts = Annotated[str, typer.Option("--starts", metavar="2026-12-01", help="启用日，北京时间 / its first day.")]
Why = Annotated[str, typer.Option("--why", help="原因 / why.")]


def new(
    door: Door,
    node: Node,
    name: Annotated[str, typer.Option("--name", help="企业名称 / the enterprise's name.")],
    suite: Annotated[
        str, typer.Option("--suite", help="rsa-sha256 | rsa-sha512 | ecdsa-sha256 | sm2-sm3")
    ] = "rsa-sha256",
    starts: Starts = "",
    by: By = "",
) -> None:
    """起草新密钥 / draft a further key of our own; one that starts later is told to the partner before."""
    from console.cli.passphrase import further
    from console.cli.when import begin_of
    from signing.changes import NewKey

    begins = begin_of(starts) if starts else _now(door)
    _draft(door, NewKey(node, name, further(door.home / "keys", node), starts=begins, suite=suite), by)


def import_(
    door: Door,
    node: Node,
    file: File,
    certificate: Certificate = None,
    by: By = "",
) -> None:
    """起草导入密钥 / draft the import of a key made elsewhere."""
    from console.cli.passphrase import further
    from signing.changes import ImportKey

    data, beside = _read(file), _read(certificate) if certificate else None
    _draft(door, ImportKey(node, data, further(door.home / "keys", node), beside), by)


def card(
    door: Door,
    node: Node,
    module: Annotated[str, typer.Option("--module", metavar="FILE", help="PKCS#11 库 / its library.")] = "",
    token: Annotated[str, typer.Option("--token", metavar="LABEL", help="令牌标签 / the token's label.")] = "",
    key: Annotated[
        str, typer.Option("--key", metavar="LABEL", help="密钥标签，缺省为节点号 / the key's; the node.")
    ] = "",
    url: Annotated[
        str, typer.Option("--url", metavar="ws://127.0.0.1:…", help="本机读卡服务 / a card service here.")
    ] = "",
    certificate: Certificate = None,
    by: By = "",
) -> None:
    """起草用卡签名 / draft the use of a card: a PKCS#11 token, or a card service on this machine. No PIN is shown for it."""
    from signing.changes import UseCard

    if bool(url) == bool(module) or bool(module) != bool(token) or (url and key):
        raise typer.BadParameter("--module … --token … | --url ws://…", param_hint="--module --token | --url")
    settings = {"provider": "remote", "url": url} if url else {"provider": "pkcs11", "module": module, "token": token}
    pem = _read(certificate) if certificate else _of_card(node, module, token, key, url)
    _draft(door, UseCard(node, settings | ({"key": key} if key else {}), pem), by)


def _of_card(node: str, module: str, token: str, key: str, url: str) -> bytes:
    """The card's own certificate. Raises KeyUnavailable, BadKeyFile for a place outside this machine."""
    if url:
        from signing.remote import fetch_certificate as of_service

        return of_service(url).pem()
    from signing.pkcs11 import fetch_certificate as of_token

    return of_token(module, token, key or node).pem()


def trust(
    door: Door,
    node: Node,
    file: File,
    subject: Authority = None,
    by: By = "",
) -> None:
    """起草信任对方证书 / draft the trust in a partner's certificate, or in an authority for it."""
    from signing.changes import Trust, TrustAuthority

    pem = _read(file)
    _draft(door, TrustAuthority(node, pem, _subject(subject)) if subject else Trust(node, pem), by)


def retire(
    door: Door,
    node: Node,
    serial: Annotated[str, typer.Argument(metavar="SERIAL", help="序列号 / serial.")],
    why: Annotated[str, typer.Option("--why", help="原因 / why.")],
    by: By = "",
) -> None:
    """起草停用证书 / draft the end of a certificate's use."""
    from signing.changes import Retire

    _draft(door, Retire(node, serial, _now(door).astimezone(BEIJING), why), by)


def revoked(door: Door, node: Node, file: File, by: By = "") -> None:
    """收下对方签发机构的吊销列表 / take a newer revocation list of an authority pinned for a partner."""
    from signing.revocations import taken

    data = _read(file)
    _audit(door, lambda home: (taken(home.keys, node, data, by or actor()), None))


def unlock(
    door: Door,
    named: Annotated[str, typer.Argument(metavar="CARD", help="卡，如 KEY_PIN 所示 / as KEY_PIN names it.")],
    by: By = "",
) -> None:
    """核对 PIN 之后放行一次 / let a card's PIN be tried once more, after somebody has looked at both."""
    from signing.pin import allow_pin

    _audit(door, lambda home: (allow_pin(home.keys, named, by or actor()), None))


def list_(door: Door) -> None:
    """本方密钥与对方证书 / own keys and partners' certificates."""
    from signing.keys import listed
    from signing.rotation import expiring as ending

    keys = door.home / "keys"
    soon = {row.path: row for row in ending(keys, _now(door))}
    rows = [_listed(row, soon.get(row.path)) for row in listed(keys)]
    columns = ("role", "node", "serial", "algorithm", "suite", "provider", "protected")
    shown = [row | {name: row[name][:10] for name in ("not_before", "not_after", "retired")} for row in rows]
    within = ("not_before", "not_after", "retired", "ending")
    door.teller.tell(rows, lambda out: out.print(door.teller.table(shown, (*columns, *within))))


def _listed(row: KeyRow, ending: Expiry | None) -> dict[str, Any]:
    return {
        "role": row.role,
        "node": row.node,
        "serial": row.serial,
        "subject": row.subject,
        "suite": row.suite,
        "algorithm": row.algorithm,
        "provider": row.provider,
        "protected": row.encrypted,
        "not_before": row.not_before.astimezone(BEIJING).isoformat(),
        "not_after": row.not_after.astimezone(BEIJING).isoformat(),
        "retired": row.retired.astimezone(BEIJING).isoformat() if row.retired else "",
        "ending": ending.level if ending else "",
        "days_left": ending.days_left if ending else None,
        "fingerprint": row.fingerprint,
        "file": str(row.path),
    }


def pending(door: Door) -> None:
    """待批准的变更 / changes that wait for a second person."""
    from signing.drafts import pending as waiting

    rows = [_drafted(draft) for draft in waiting(door.home / "keys")]
    door.teller.rows(rows, ("id", "act", "node", "serial", "by", "at", "fingerprint"))


def approve(door: Door, id_: Id, by: By = "") -> None:
    """批准变更（须另一人） / apply a change, as another person than its drafter."""
    from signing.drafts import approve as applied

    _audit(
        door,
        lambda home: (
            applied(home.keys, id_, by or actor(), account=account(), same_account=home.settings.same_account),
            None,
        ),
    )


def reject(door: Door, id_: Id, by: By = "", why: Why = "") -> None:
    """否决变更 / turn a change down."""
    from signing.drafts import reject as turned_down

    _audit(door, lambda home: (turned_down(home.keys, id_, by or actor(), why), None))


def expiring(door: Door) -> int:
    """即将到期的证书 / what ends soon; exit status 1 when something has ended."""
    from signing.rotation import expiring as ending

    found = ending(door.home / "keys", _now(door))
    door.teller.rows([_ending(row) for row in found], ("level", "days_left", "role", "node", "serial", "ends"))
    return 1 if any(row.days_left < 0 for row in found) else 0


def _draft(door: Door, change: Change, by: str) -> None:
    from signing.drafts import draft_change, read_draft

    def drafted(home: Home) -> tuple[Mapping[str, Any], dict[str, Any]]:
        now = moment(home.clock.now())
        draft = read_draft(home.keys, draft_change(home.keys, change, by or actor(), account=account(), now=now))
        return draft.entry(by or actor(), "key_draft"), _drafted(draft)

    _audit(door, drafted)


def _audit(door: Door, act: Callable[[Home], tuple[Mapping[str, Any], dict[str, Any] | None]]) -> None:
    """An act inside an opened home, whose audit chain has it, with the account it came from, before it is told."""
    from ledger.rows import AuditEntry

    with door.open() as home:
        entry, told = act(home)
        entry = {**entry, "detail": {**entry["detail"], "account": account()}}
        home.ledger.audit([AuditEntry(**entry)])
    shown = told or {"act": entry["act"], "subject": entry["subject"], **entry["detail"]}
    door.teller.tell(shown, lambda out: out.print(json.dumps(shown, ensure_ascii=False, indent=1)))


def _drafted(draft: Draft) -> dict[str, Any]:
    return {
        "id": draft.id,
        "act": draft.act,
        "node": draft.node,
        "serial": draft.serial,
        "subject": draft.subject,
        "fingerprint": draft.fingerprint,
        "by": draft.by,
        "account": draft.account,
        "at": draft.at.astimezone(BEIJING).isoformat(timespec="seconds"),
        "detail": dict(draft.detail),
    }


def _ending(row: Expiry) -> dict[str, Any]:
    ends = row.ends.astimezone(BEIJING).isoformat(timespec="seconds")
    return {
        "level": row.level,
        "days_left": row.days_left,
        "role": row.role,
        "node": row.node,
        "serial": row.serial,
        "ends": ends,
    }


def _now(door: Door) -> datetime:
    """Business time: a demo home's clock may run ahead."""
    with door.open() as home:
        return moment(home.clock.now())


def _read(file: Path) -> bytes:
    if not file.is_file():
        raise typer.BadParameter(f"{file}: 没有此文件 / no such file", param_hint="FILE")
    return file.read_bytes()


def _subject(parts: list[str]) -> dict[str, str]:
    if any("=" not in part for part in parts):
        raise typer.BadParameter("O=名称 / O=name", param_hint="--authority")
    return {name: value for name, _, value in (part.partition("=") for part in parts)}
