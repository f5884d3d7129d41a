"""What an operator starts without a declaration: a certificate issued on site, and letters. Laid into the store like a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from mappings.check import BY_ANYBODY, check
from mappings.clock import Clock, stamp
from mappings.kind import Direction
from mappings.load import Contract
from mappings.sample import sample
from simulator.decide import case_of
from simulator.entry import is_declaration, issue_entry
from simulator.errors import NotDecided
from simulator.house import Registered
from simulator.letters import fields_of
from simulator.notice_content import of_declaration
from simulator.notices import send
from simulator.numbers import Numbers
from simulator.rows import Case, Letter, Step, Taken
from simulator.store import Store
from simulator.verdict import SUCCESS

CERTIFICATE = "certificate"
ON_SITE = 9_000_000_000_000  # serials of documents that customs opens: far from those that gateways count from 1


def notify(
    store: Store, number: str, kind: str, *, contract: Contract, clock: Clock, sender: str = "",
    given: Mapping[str, Any] | None = None, road: str = "", seed: int = 0, moods: Sequence[str] = (),
) -> str:  # fmt: skip
    """A letter of an inward kind about a document; about none where `number` is "" (then `sender` is needed).

    given: its fields, where they shall not be what customs has or the data element's example. A notice opens a document
    with a number of its own, which is returned; `number` is then a 报关单号, or a document's that it is about.
    road, seed, moods: of a notice (`notices.send`). Raises NotDecided.
    """
    found = contract.kinds.get(kind)
    if found is None or found.direction is not Direction.IN:
        inward = [k.name for k in contract.kinds.values() if k.direction is Direction.IN]
        raise NotDecided("DECL_KIND", found=kind, want=", ".join(inward))
    if found.notifies:
        return _notice(store, number, kind, contract, clock, sender, given or {}, road, seed, moods)
    own = fields_of(found)
    if unknown := sorted((given or {}).keys() - own):
        raise NotDecided(
            "FIELD_UNKNOWN", found=unknown[0], near="、".join(get_close_matches(unknown[0], own, n=3)) or "—"
        )
    receiver = case_of(store, number, sender).sender if number else sender
    with store.transaction():
        store.add_letters([Letter(clock.now(), receiver, number, kind, given or {})])
    return number


def _notice(
    store: Store, number: str, kind: str, contract: Contract, clock: Clock, sender: str, given: Mapping[str, Any],
    road: str, seed: int, moods: Sequence[str],
) -> str:  # fmt: skip
    """About a document that is here, or a declaration that nobody sent here: then its enterprise is named."""
    about = _about(store, number, sender) if number else None
    receiver = sender or (about.sender if about else "")
    if not receiver:
        raise NotDecided("BIZ_UNKNOWN", found=number, senders="")
    now, values = clock.now(), {**about.content, **about.facts} if about else {"business_no": number}
    with store.transaction():
        business_no = of_declaration(values, now, store.count("declared"))
        return send(contract, store, kind, at=now, sender=receiver, road=road, business_no=business_no, seed=seed,
                    given=given, moods=moods, known=values)  # fmt: skip


def _about(store: Store, number: str, sender: str) -> Case | None:
    """The document of that number, or what was sent here about the declaration of that number."""
    own = (case for case in store.cases(number) if sender in ("", case.sender))
    same = (c for c in store.cases() if c.content.get("declaration_no") == number and sender in ("", c.sender))
    return next(own, None) or next((case for case in same if case.submissions), None)


def issue(
    store: Store,
    enterprise: Registered,
    *,
    contract: Contract,
    clock: Clock,
    numbers: Numbers,
    inspection_no: str,
    road: str,
    content: Mapping[str, Any] | None = None,
    format_: str = "",
    seed: int = 1,
    number: str = "",
    given: Mapping[str, Any] | None = None,
) -> str:
    """A certificate that nobody applied for here: issued on site; for the number of an import declaration its entry certificate.
    Returns its number. road: for an enterprise that never sent.

    content: of the certificate; left out, a sample of that format and seed. number, given: where a story has its own; what
    the record shall say (`certificate_no`, `collect_mode`, `stated_at`, …). Raises NotDecided for one that its kind refuses.
    """
    if is_declaration(contract, inspection_no):
        return issue_entry(
            store, enterprise, contract=contract, clock=clock, numbers=numbers, declaration_no=inspection_no, road=road,
            content=content, seed=seed, number=number, given=given,
        )  # fmt: skip
    kind = contract.kinds[CERTIFICATE]
    held = dict(content) if content else sample(kind, seed=seed, format_=format_)["content"]
    if faults := check(kind, held, by=BY_ANYBODY).faults:
        raise NotDecided("SIM_CONTENT", path=faults[0].path, zh=faults[0].zh, en=faults[0].en)
    now = clock.now()
    with store.transaction():
        number = number or f"{kind.number}{stamp(now)[:4]}{ON_SITE + store.count('on site'):013d}"
        said: dict[str, Any] = {"issued_onsite": True, **(given or {})}
        if "certificate_no" not in said:
            said["certificate_no"] = numbers.certificate_no(inspection_no)
        place = store.road_of(enterprise.node) or road
        cause = store.add_taken(Taken(place, "", "", now, SUCCESS, enterprise.node, moved=True))
        state = kind.needs_machine().start
        store.save_case(Case(enterprise.node, number, kind.name, kind.version, state, cause.id, content=held))
        store.add_steps([Step(now, enterprise.node, number, kind.happy[-1], cause.id, given=said)])
    return number
