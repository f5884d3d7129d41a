"""One enterprise that sends through us: its folders, which it sees as it would see customs'."""

from __future__ import annotations

from dataclasses import dataclass

from channels import Customs, customs
from gateway.errors import BadHome
from gateway.home import Home
from gateway.settings import RelaySettings
from ledger.rows import Enterprise as Tenant


@dataclass(frozen=True, slots=True)
class Desk:
    """boxes: our view of its folders, by BizID as the settings spell it."""

    settings: RelaySettings
    tenant: Tenant
    boxes: dict[str, Customs]

    def boxes_of(self, biz: str) -> Customs | None:
        return next((boxes for name, boxes in self.boxes.items() if name.lower() == biz.lower()), None)


def desks(home: Home) -> list[Desk]:
    """Raises BadHome where a relay names an enterprise that is not registered."""
    return [_desk(home, relay) for relay in home.settings.relays.values()]


def _desk(home: Home, relay: RelaySettings) -> Desk:
    tenant = home.tenants.get(relay.enterprise)
    if tenant is None:
        raise BadHome("SYS_HOME", detail=f"[relay.{relay.name}]: {relay.enterprise} 未登记 / is not registered")
    boxes = {biz: customs(home.relayed.channels[f"{relay.name}/{biz}"]) for biz in relay.channel.routes}
    return Desk(relay, tenant, boxes)
