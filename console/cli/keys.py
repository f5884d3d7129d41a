"""Own keys and partners' certificates: `gateway keys …`. Every change is drafted by one person and approved by another."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import Door, actor
from mappings.clock import BEIJING

if TYPE_CHECKING:
    from signing.changes import Change
    from signing.drafts import Draft
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
Why = Annotated[str, typer.Option("--why", help="原因 / why.")]


def new(
    door: Door,
    node: Node,
    name: Annotated[str, typer.Option("--name", help="企业名称 / the enterprise's name.")],
    suite: Annotated[
        str, typer.Option("--suite", help="rsa-sha256 | rsa-sha512 | ecdsa-sha256 | sm2-sm3")
    ] = "rsa-sha256",
    by: By = "",
) -> None:
    """起草新密钥 / draft a further key of our own."""
    from console.cli.passphrase import new as passphrase
    from signing.changes import NewKey

    _draft(door, NewKey(node, name, passphrase(), suite=suite), by)


def import_(
    door: Door,
    node: Node,
    file: File,
    certificate: Certificate = None,
    by: By = "",
) -> None:
    """起草导入密钥 / draft the import of a key made elsewhere."""
    from console.cli.passphrase import new as passphrase
    from signing.changes import ImportKey

    _draft(door, ImportKey(node, _read(file), passphrase(), _read(certificate) if certificate else None), by)


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

    _draft(door, Retire(node, serial, datetime.now(BEIJING), why), by)


def pending(door: Door) -> None:
    """待批准的变更 / changes that wait for a second person."""
    from signing.drafts import pending as waiting

    rows = [_drafted(draft) for draft in waiting(door.home / "keys")]
    door.teller.rows(rows, ("id", "act", "node", "serial", "by", "at", "fingerprint"))


def approve(door: Door, id_: Id, by: By = "") -> None:
    """批准变更（须另一人） / apply a change, as another person than its drafter."""
    from signing.drafts import approve as applied

    _audit(door, lambda keys: (applied(keys, id_, by or actor()), None))


def reject(door: Door, id_: Id, by: By = "", why: Why = "") -> None:
    """否决变更 / turn a change down."""
    from signing.drafts import reject as turned_down

    _audit(door, lambda keys: (turned_down(keys, id_, by or actor(), why), None))


def expiring(door: Door) -> int:
    """即将到期的证书 / what ends soon; exit status 1 when something has ended."""
    from signing.rotation import expiring as ending

    found = ending(door.home / "keys", datetime.now(BEIJING))
    door.teller.rows([_ending(row) for row in found], ("level", "days_left", "role", "node", "serial", "ends"))
    return 1 if any(row.days_left < 0 for row in found) else 0


def _draft(door: Door, change: Change, by: str) -> None:
    from signing.drafts import draft_change, read_draft

    def drafted(keys: Path) -> tuple[Mapping[str, Any], dict[str, Any]]:
        draft = read_draft(keys, draft_change(keys, change, by or actor()))
        return draft.entry(by or actor(), "key_draft"), _drafted(draft)

    _audit(door, drafted)


def _audit(door: Door, act: Callable[[Path], tuple[Mapping[str, Any], dict[str, Any] | None]]) -> None:
    """An act inside an opened home, whose audit chain has it, with the account it came from, before it is told."""
    from ledger.rows import AuditEntry

    with door.open() as home:
        entry, told = act(home.keys)
        entry = {**entry, "detail": {**entry["detail"], "account": actor()}}
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


def _read(file: Path) -> bytes:
    if not file.is_file():
        raise typer.BadParameter(f"{file}: 没有此文件 / no such file", param_hint="FILE")
    return file.read_bytes()


def _subject(parts: list[str]) -> dict[str, str]:
    if any("=" not in part for part in parts):
        raise typer.BadParameter("O=名称 / O=name", param_hint="--authority")
    return {name: value for name, _, value in (part.partition("=") for part in parts)}
