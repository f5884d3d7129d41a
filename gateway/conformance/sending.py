"""What a story sends: a sealed message of this home's enterprise, under numbers that nobody has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.conformance.stories import Story
from gateway.home import Home
from ledger.rows import Enterprise as Tenant
from mappings.check import check
from mappings.clock import iso, micros, stamp
from mappings.kind import Kind
from mappings.numbers import MESSAGES, message_id, unified
from mappings.sample import sample
from parcel.names import OutName
from parcel.parcel import Parcel
from parcel.way import OUTWARD, walk


@dataclass(frozen=True, slots=True)
class Sent:
    """A story's message. documents: the kind of every document in it, by number."""

    story: Story
    name: OutName
    cop_msg_id: str
    data: bytes
    documents: dict[str, Kind]


def make(home: Home, story: Story, *, cop_msg_id: str = "", number: str = "") -> Sent:
    """Raises Refused where this home cannot seal or route it. cop_msg_id, number: to be used again."""
    tenant, kind = _tenant(home), story.kind
    stated = stamp(home.clock.now())
    content = check(kind, sample(kind, seed=story.seed, remark=story.remark)["content"]).content
    carried = _carried(home, kind, content, stated)
    number = number or _next(home, kind.number, stated)
    serial = home.ledger.reserve(MESSAGES, 0, 1).start
    name = OutName(kind.type, number, stated, 0)
    parcel = Parcel(
        name=f"{name.stem}.xml", kind=kind, number=number, enterprise=tenant.code or tenant.uscc,
        reference=f"CONFORM-{number}", stated_at=stated, created=iso(micros(stated)),
        cop_msg_id=cop_msg_id or message_id(tenant.node_id, stated, serial), sender=tenant.node_id,
        receiver=home.settings.customs, content=content, carried=tuple(carried),
    )  # fmt: skip
    tools = {"contract": home.contract, "judges": home.judges, "signer": home.signer(tenant.node_id)}
    done, refused = walk(OUTWARD, [parcel], tools)
    if refused:
        raise refused[0][1]
    documents = {number: kind, **dict.fromkeys(carried, kind.carries.kind if kind.carries else kind)}
    return Sent(story, name, done[0].cop_msg_id, done[0].data, {n: k for n, k in documents.items() if k})


def _tenant(home: Home) -> Tenant:
    return next(tenant for tenant in home.ledger.enterprises() if tenant.node_id == home.settings.node)


def _carried(home: Home, kind: Kind, content: Mapping[str, Any], stated: str) -> list[str]:
    group = kind.carries
    if group is None or group.kind is None:
        return []
    items = content.get(group.name) or ()
    return [_next(home, group.kind.number, stated) for _ in items]


def _next(home: Home, series: str, stated: str) -> str:
    year = int(stated[:4])
    return unified(series, year, home.ledger.reserve(series, year, 1).start)
