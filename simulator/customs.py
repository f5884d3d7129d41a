"""Customs' end as a whole: one `look` takes what lies in the OutBoxes, does what is due, and writes what is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from channels import ChannelError
from channels import Customs as Boxes
from channels.chaos import Chaos
from mappings.clock import Clock
from mappings.load import Contract
from signing.registry import Registry
from signing.sign import Signer
from simulator.decide import decide, statement
from simulator.desks import perform
from simulator.eledgers import Eledgers
from simulator.house import Settings
from simulator.issue import issue, notify
from simulator.letters import write_letters
from simulator.notices import open_case
from simulator.numbers import Numbers
from simulator.posting import post
from simulator.renewal import Renewal
from simulator.scenario import Scenario
from simulator.statements import state_days
from simulator.store import Store
from simulator.taking import take
from simulator.tools import Tools
from xsd.explain import Judges

PATIENCE = 12  # looks without anything done, where a look itself may go wrong on purpose


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look did: files taken, files written, steps done."""

    taken: int = 0
    posted: int = 0
    changed: int = 0

    def __bool__(self) -> bool:
        return bool(self.taken or self.posted or self.changed)

    def __add__(self, other: Looked) -> Looked:
        return Looked(self.taken + other.taken, self.posted + other.posted, self.changed + other.changed)


class Customs:
    """channels: customs' view of every business folder, by `<channel>/<BizID>`. numbers: default counters where left out.
    scenario: for documents whose remark names no moods. stranger: whose seal `#stranger` shows. wire: channels that misbehave on
    purpose. renewal: what to look at before each pass; left out, settings and certificates are those that were handed in.

    One process and one thread at a time (`serve.run` holds a lock); operators write into the store beside it.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        contract: Contract,
        registry: Registry,
        signer: Signer,
        judges: Judges,
        clock: Clock,
        channels: Mapping[str, Boxes],
        numbers: Numbers | None = None,
        renewal: Renewal | None = None,
        scenario: Scenario | None = None,
        stranger: Signer | None = None,
        wire: Sequence[Chaos] = (),
        eledgers: Eledgers | None = None,
    ) -> None:
        self._renewal = renewal
        self._wire = wire
        numbers = numbers or Numbers(store, node=settings.node, seed=settings.seed)
        self.tools = Tools(settings, store, contract, registry, signer, judges, clock, numbers, channels,
                           scenario=scenario or Scenario(), stranger=stranger, eledgers=eledgers or Eledgers())  # fmt: skip

    def look(self) -> Looked:
        """One pass. What an operator laid into the store is among the steps that are due."""
        if self._renewal:
            self.tools = self._renewal.renewed(self.tools)
        taken = sum(self._take(road) for road in self.tools.roads)
        changed = perform(self.tools) + write_letters(self.tools) + state_days(self.tools)
        return Looked(taken, post(self.tools), changed)

    def _take(self, road: str) -> int:
        """An OutBox that is not there now does not stop the others."""
        try:
            taken = take(self.tools, road)
        except ChannelError as trouble:
            self.tools.alarm.tell(road, trouble)
            return 0
        self.tools.alarm.clear(road)
        return taken

    def until_idle(self) -> Looked:
        """Look until there is nothing to do at customs' present time; the clock is never moved. For `looks:` it is one look."""
        self.tools.store.count_look()
        total, quiet = Looked(), 0
        while quiet < (PATIENCE if self._wire else 1):
            looked = self.look()
            quiet = 0 if looked else quiet + 1
            total += looked
        return total

    def decide(self, number: str, status: str, **laid_down: Any) -> None:
        """As `simulator.decide.decide`: reason, stated_at, receipt_no, facts, data, sender. Performed at the next look."""
        decide(self.tools.store, number, status, contract=self.tools.contract, clock=self.tools.clock, **laid_down)

    def issue(self, number: str, content: Mapping[str, Any], *, sender: str, given: Mapping[str, Any]) -> None:
        """A certificate that customs opens by itself, as `simulator.issue.issue`. Performed at the next look."""
        held, enterprise = self.tools, self.tools.settings.of_node(sender)
        assert enterprise is not None
        issue(
            held.store, enterprise, contract=held.contract, clock=held.clock, numbers=held.numbers,
            inspection_no=str(content.get("declaration_no", "")),
            road=next(iter(held.roads)), content=content, number=number, given=given,
        )  # fmt: skip

    def notify(self, kind: str, about: str, *, sender: str, **other: Any) -> str:
        """As `simulator.issue.notify`: given, moods. about: a 报关单号, or a document's number. Sent at the next look."""
        held = self.tools
        return notify(
            held.store, about, kind, contract=held.contract, clock=held.clock, sender=sender, road=next(iter(held.roads)),
            seed=held.settings.seed, **other,
        )  # fmt: skip

    def notice(self, kind: str, content: Mapping[str, Any], *, sender: str, given: Mapping[str, Any]) -> str:
        """A document that customs opens by a notice of that kind, as its content says. Performed at the next look."""
        held, life = self.tools, self.tools.contract.kinds[kind].notifies
        assert life is not None
        with held.store.transaction():
            return open_case(held.store, life, content, sender=sender, at=held.clock.now(), road=next(iter(held.roads)),
                             given=given)  # fmt: skip

    def statement(self) -> list[dict[str, Any]]:
        """Rows {sender, number, kind, state, customs_no, certificate_no, submissions, effects}."""
        return statement(self.tools.store)

    def want_statement(self, date: str) -> None:
        """Every enterprise gets customs' account of a day (8 digits) as a message, at the next look."""
        with self.tools.store.transaction():
            self.tools.store.want_statement(date)

    def count_look(self) -> None:
        """A pass of a running simulator is one look for answers that wait for looks."""
        self.tools.store.count_look()

    def close(self) -> None:
        for channel in self._wire:
            channel.release()
        self.tools.store.close()
