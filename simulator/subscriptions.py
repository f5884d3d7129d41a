"""The desk of subscriptions: who has subscribed a mobile is told of every exit certificate whose application names it.

A push is a case of its own, as it is a document of its own at the other end; it goes to whoever has subscribed, once for each
certificate and enterprise. A subscription ends on its last day, by a letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mappings.clock import micros, stamp
from simulator.notice_content import push_no
from simulator.notices import open_case
from simulator.rows import Case, Letter, Step
from simulator.tools import Tools

SUBSCRIPTION, CERTIFICATE = "subscription", "certificate"
PUSH, STATUS, PUSHED = "issue_push", "subscription_status", "pushed_certificate"
TAKEN, EXPIRED = "YS", "YE"
VALID = ("YS", "YC", "YF")
COUNT = "subscribed"  # how often a subscription was taken: where none was, nobody is looked for
DAY = 24 * 3600 * 1_000_000  # µs


def follow(tools: Tools, case: Case, step: Step, stated: int) -> None:
    """What was taken has an end; what is issued is told to those who have subscribed. case: after the step."""
    if case.kind == SUBSCRIPTION and step.status == TAKEN:
        tools.store.count(COUNT)
        if tools.settings.progress != "manual":
            tools.store.add_letters(
                end for end in [_end(tools, case)] if end.due > stated
            )  # else it was over from the first
    if case.kind == CERTIFICATE and step.status == tools.kind_of(case).happy[-1] and tools.store.counted(COUNT):
        tools.store.add_letters([Letter(max(step.due, stated), case.sender, case.number, PUSH)])


def valid(tools: Tools) -> list[Case]:
    """The subscriptions that are neither cancelled nor expired. Outside a transaction."""
    return [case for case in tools.store.of_kind(SUBSCRIPTION) if case.state in VALID]


def push(tools: Tools, case: Case, at: int, among: Sequence[Case]) -> bool:
    """Inside a transaction: a certificate, told to those among the subscribers who have subscribed its mobile. at: µs."""
    bearer = tools.store.case(case.sender, case.parent)
    mobile, day = str(bearer.content.get("contact_mobile", "")) if bearer else "", _day(at)
    own = {sub.sender: sub for sub in among if sub.content["subscribed_mobile"] == mobile and _counts(sub, day)}
    for sub in own.values():
        road = tools.store.road_of(sub.sender) or next(iter(tools.roads))
        content = _news(tools, case, sub, day)
        open_case(tools.store, tools.contract.kinds[PUSHED], content, sender=sub.sender, at=at, road=road)
    return bool(own)


def is_over(case: Case | None, due: int) -> bool:
    """Has its last day passed, and has nobody ended or prolonged it?"""
    return case is not None and case.state in VALID and str(case.facts.get("subscription_end", "9")) < _day(due)


def _counts(sub: Case, day: str) -> bool:
    return str(sub.facts.get("subscription_begin", "")) <= day <= str(sub.facts.get("subscription_end", ""))


def _end(tools: Tools, case: Case) -> Letter:
    """On the day after the last."""
    last = tools.store.case(case.sender, case.number)
    assert last is not None
    due = micros(str(last.facts["subscription_end"]).replace("-", "") + "000000000") + DAY
    mobile = case.content["subscribed_mobile"]
    said = {"status": EXPIRED, "sentence": f"订阅[{case.number}]，手机号[{mobile}]，已到期"}
    return Letter(due, case.sender, case.number, STATUS, said)


def _news(tools: Tools, case: Case, sub: Case, day: str) -> dict[str, Any]:
    kind = tools.kind_of(case)
    chosen = kind.formats.get(str(case.content.get(kind.format_field)))
    known = {name: case.facts[name] for name in ("query_code",) if name in case.facts}
    return {
        "push_no": push_no(tools.store, day[:4]), "subscription_no": sub.number,
        "subscribed_mobile": sub.content["subscribed_mobile"], "pushed_certificate_no": case.facts["certificate_no"],
        "issue_date": day, **({"pushed_certificate_name": chosen.zh} if chosen else {}), **known,
    }  # fmt: skip


def _day(at: int) -> str:
    text = stamp(at)
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}"
