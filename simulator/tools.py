"""What every desk needs, handed over as one value."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from channels import Customs as Boxes
from mappings.clock import Clock
from mappings.kind import Kind
from mappings.load import Contract
from signing.registry import Registry
from signing.sign import Signer
from simulator.alarm import Alarm
from simulator.eledgers import Eledgers
from simulator.house import Registered, Settings
from simulator.numbers import Numbers
from simulator.rows import Case
from simulator.scenario import Scenario, Told
from simulator.store import Store
from xsd.explain import Judges


@dataclass(frozen=True, slots=True)
class Tools:
    """roads: customs' view of every business folder, by `<channel>/<BizID>`."""

    settings: Settings
    store: Store
    contract: Contract
    registry: Registry
    signer: Signer
    judges: Judges
    clock: Clock
    numbers: Numbers
    roads: Mapping[str, Boxes]
    scenario: Scenario = field(default_factory=Scenario)
    stranger: Signer | None = None  # somebody whom nobody has registered
    alarm: Alarm = field(default_factory=Alarm)
    eledgers: Eledgers = field(default_factory=Eledgers)
    listed: dict[str, deque[str]] = field(
        default_factory=dict
    )  # names of an OutBox that were listed and not taken up yet

    def kind_of(self, case: Case) -> Kind:
        return self.contract.kinds[case.kind]

    def dice(self, *of: str) -> Random:
        """The same for the same seed and the same message, in any process."""
        return Random(" ".join((str(self.settings.seed), *of)))  # noqa: S311  (play, not secrecy)

    def told(self, kind: Kind, number: str, content: Mapping[str, Any], sender: str) -> Told:
        """What the scenario says of a document or an act upon one. Inside a transaction: it counts."""
        known = self.settings.of_node(sender) or Registered(sender)
        return self.scenario.tell(
            self.store, seed=self.settings.seed, kind=kind, number=number, content=content, sender=known
        )

    def technical(self, road: str) -> bool:
        """Whether Successed_ files are written there."""
        channel = road.partition("/")[0]
        return next((known.technical for known in self.settings.channels if known.name == channel), True)

    def road_for(self, road: str, biz: str) -> str:
        """The folder of the same channel that a kind travels in; where there is none, the one that was asked in."""
        wanted = f"{road.partition('/')[0]}/{biz}".lower()
        return next((name for name in self.roads if name.lower() == wanted), road)
