"""Good things to spoil: two business messages as the product writes them, and the platform's envelope around any bytes."""

from __future__ import annotations

from base64 import b64encode
from functools import cache

from mappings.load import contract
from mappings.sample import sample
from parcel.parcel import Parcel
from parcel.way import UNSEALED, walk
from tests.vectors.own.forge import Form, seal
from tests.vectors.own.keys import CUSTOMS, ENTERPRISE, Key
from xsd.explain import Judges
from xsd.store import schema_source

DXP = "http://www.chinaport.gov.cn/dxp"
JUDGES = Judges(schema_source(contract()), both=True)


@cache
def business(kind_name: str = "blank_certificate_application", **content: str) -> str:
    """The business XML of the sample with all fields, as `write` gives it, without its declaration."""
    kind = contract().kinds[kind_name]
    declared = {**sample(kind)["content"], **content}
    parcel = Parcel(
        name=f"{kind.type}.xml",
        kind=kind,
        number="A20260000000000001",
        enterprise="1108919038",
        reference="R-1",
        stated_at="20261121080000000",
        created="2026-11-21T08:00:00.000+08:00",
        cop_msg_id=f"{ENTERPRISE}20261121080000000000000001",
        sender=ENTERPRISE,
        receiver=CUSTOMS,
        content=declared,
        carried=tuple(f"C2026{n:013d}" for n in range(len(declared[kind.carries.name]) if kind.carries else 0)),
    )
    [done], _ = walk(UNSEALED, [parcel], {"contract": contract(), "judges": JUDGES})
    return done.payload.decode().partition("\n")[2].strip()


def envelope(
    payload: bytes | str | None = None,
    *,
    sender: str = ENTERPRISE,
    receiver: str = CUSTOMS,
    msg_type: str = "BLANKAPP",
    attributes: str = "",
    data: str = "",
) -> str:
    """An unsealed DxpMsg. data: what stands in Data instead of the payload's base64."""
    body = business() if payload is None else payload
    carried = data or b64encode(body.encode() if isinstance(body, str) else body).decode()
    return (
        f'<dxp:DxpMsg xmlns:dxp="{DXP}"{attributes} ver="1.0"><dxp:TransInfo>'
        f"<dxp:CopMsgId>{ENTERPRISE}20261121080000000000000001</dxp:CopMsgId><dxp:SenderId>{sender}</dxp:SenderId>"
        f"<dxp:ReceiverIds><dxp:ReceiverId>{receiver}</dxp:ReceiverId></dxp:ReceiverIds>"
        f"<dxp:CreatTime>2026-11-21T08:00:00.000+08:00</dxp:CreatTime><dxp:MsgType>{msg_type}</dxp:MsgType>"
        f"</dxp:TransInfo><dxp:Data>{carried}</dxp:Data></dxp:DxpMsg>"
    )


def message(
    payload: bytes | str | None = None, *, by: Key | None = None, form: Form | None = None, **parts: str
) -> bytes:
    """A sealed message around the payload, good in everything that is not asked otherwise."""
    return seal(envelope(payload, **parts), by, form)
