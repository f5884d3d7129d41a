"""What travelled: `gateway message`, the exact bytes sealed or received."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import Door
from console.cli.when import iso_or_empty, iso_stamp
from mappings.faults import Refused

if TYPE_CHECKING:
    from ledger.rows import MessageRow

ROW_ID = 12  # digits: what is longer is a CopMsgId


def message(
    door: Door,
    id_: Annotated[str, typer.Argument(metavar="ID", help="序号或 CopMsgId / id or CopMsgId.")],
    *,
    payload: Annotated[bool, typer.Option("--payload", help="信封内的业务报文 / the business message inside.")] = False,
    exact: Annotated[bool, typer.Option("--exact", help="屏幕上也不遮盖证书 / unmasked on a screen too.")] = False,
) -> None:
    """报文原文 / the exact bytes sealed or received."""
    with door.open() as home:
        body = home.ledger.message_body(int(id_) if id_.isdigit() and len(id_) <= ROW_ID else id_)
    if body is None:
        raise Refused("BIZ_UNKNOWN", found=id_)
    data = _payload(body) if payload else body
    if door.json:
        door.teller.tell(_bytes(id_, data), lambda _: None)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(_for_eyes(data) if sys.stdout.isatty() and not exact else data)


def _for_eyes(data: bytes) -> bytes:
    """A certificate of an e-port card holds personal data: on a screen it is masked, in a pipe the bytes are exact."""
    from gateway.masking import masked

    return masked(data)


def _payload(sealed: bytes) -> bytes:
    from mappings.parser import parse
    from parcel.envelope import unwrap
    from parcel.package.pack import sealed_xml

    return unwrap(parse(sealed_xml(sealed))).data


def _bytes(id_: str, data: bytes) -> dict[str, Any]:
    from base64 import b64encode
    from hashlib import sha256

    return {"id": id_, "size": len(data), "sha256": sha256(data).hexdigest(), "data": b64encode(data).decode()}


def message_row(row: MessageRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "direction": row.direction,
        "cop_msg_id": row.cop_msg_id,
        "sender": row.sender,
        "kind": row.kind,
        "file": row.file_name,
        "stated_at": iso_stamp(row.stated_at),
        "recorded_at": iso_or_empty(row.recorded_at),
        "signer": row.signer,
        "sha256": row.sha256,
        "submission": row.submission,
        "stage": row.stage,
        "parked": row.parked,
    }
