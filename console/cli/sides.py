"""The demo's end: every document against its story, and both ends laid side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from console.cli.confirmation import KIND as CONFIRMATION
from console.cli.expected import end, explained, traces_missing
from console.cli.play import Played, Story
from console.cli.play_acts import Act
from gateway.home import Home
from ledger.rows import DocumentRow
from mappings.kind import Kind

Difference = dict[str, str]
KEPT = ("waiting", "held", "quarantined")
STORED = "HS"
UNSTORED = ("D", "SS", "SF", "HF")
SAME = ("state", "customs_no", "certificate_no")


def summary(home: Home, statement: Sequence[Mapping[str, Any]], played: Played, seconds: float) -> dict[str, Any]:
    """The contract's JSON. `reconciled` counts the documents of which nothing differs, less what has no document."""
    rows = home.ledger.documents()
    found = [*_stories(home, rows, played), *_ends(home, rows, statement), *_refusals(played), *_arrivals(home, played)]
    differing = {difference["number"] for difference in found if difference["number"]}
    astray = sum(not difference["number"] for difference in found)
    told = {
        "documents": len(rows),
        "reconciled": max(0, len(rows) - len(differing) - astray),
        "states": _counted(row.state for row in rows),
        "seconds": round(seconds, 1),
        "declarations": len(played.stories),
        "acts": len(played.acts),
        "kinds": _counted(_kinds(played)),
        "formats": _counted(_formats(played)),
        "refused": len(played.refused),
        "quarantined": sum(home.ledger.counts().arrivals.get(status, 0) for status in KEPT),
    }
    return told | ({"differences": found} if found else {})


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _kinds(played: Played) -> Iterator[str]:
    """Of everything that was declared and taken: declarations, acts, and the answers to drafts."""
    spoken: list[Story | Act] = [*played.stories, *played.acts]
    yield from (each.kind for each in spoken if each.reference not in played.refused)
    yield from (CONFIRMATION for answers in played.answers.values() for _ in answers)


def _formats(played: Played) -> Iterator[str]:
    """Of the certificates that were applied for."""
    taken = (story.declaration["content"] for story in played.stories if story.reference in played.numbers)
    yield from (each["certificate_format"] for content in taken for each in content.get("certificates", ()))


def _difference(number: str, what: str, expected: object, found: object, note: str = "") -> Difference:
    return {"number": number, "what": what, "expected": str(expected), "found": str(found), "note": note}


def _stories(home: Home, rows: Sequence[DocumentRow], played: Played) -> Iterator[Difference]:
    """Every document stands where its story says."""
    spoken: list[Story | Act] = [*played.stories, *played.acts]
    told = {played.numbers[each.reference]: each for each in spoken if each.reference in played.numbers}
    for row in rows:
        story = told.get(row.number) or told.get(row.parent)
        moods = story.moods if story else ()
        kind = home.contract.kinds[row.kind]
        wanted = played.ends.get(row.number) or end(
            kind, home.contract, moods=moods, answers=played.answers.get(row.number, ())
        )
        if row.state != wanted:
            yield _difference(row.number, "state", wanted, row.state, " ".join((row.kind, *moods)))


def _ends(home: Home, rows: Sequence[DocumentRow], statement: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    """What customs has on record and what we have are the same, each done once."""
    theirs = {(row["sender"], row["number"]): row for row in statement}
    nodes = {tenant.id: tenant.node_id for tenant in home.ledger.enterprises()}
    known = set()
    for row in rows:
        key = (nodes[row.enterprise_id], row.number)
        known.add(key)
        kind = home.contract.kinds[row.kind]
        if kind.number or kind.receipts:
            yield from _pair(row, kind, theirs.get(key))
    yield from (_difference(key[1], "document", "—", theirs[key]["state"]) for key in theirs.keys() - known)


def _pair(row: DocumentRow, kind: Kind, other: Mapping[str, Any] | None) -> Iterator[Difference]:
    if other is None:
        yield _difference(row.number, "customs", row.state, "—", row.kind)
        return
    for name in SAME:
        ours, its = getattr(row, name), other[name] or ""
        if ours != its:
            yield _difference(row.number, f"customs {name}", ours, its, row.kind)
    wanted = 1 if _stored(row, kind) else 0  # what was never put into store has had no effect
    if other["effects"] != wanted:
        yield _difference(row.number, "effects", wanted, other["effects"], row.kind)


def _stored(row: DocumentRow, kind: Kind) -> bool:
    """By the number that storing brings; where it brings none, by the state."""
    if any(receipt.brings for receipt in kind.receipts.values()):
        return bool(row.customs_no or row.certificate_no)
    return STORED in kind.receipts and row.state not in (kind.needs_machine().start, *UNSTORED)


def _refusals(played: Played) -> Iterator[Difference]:
    """Whatever breaks a rule is refused for that rule, and nothing else is refused."""
    for story in played.stories:
        codes = played.refused.get(story.reference)
        if story.rule and (codes is None or story.rule not in codes):
            yield _difference("", f"refusal {story.reference}", story.rule, codes)
        elif codes is not None and not story.rule:
            yield _difference("", f"refusal {story.reference}", "—", codes, story.kind)
    for act in played.acts:
        if codes := played.refused.get(act.reference):
            yield _difference("", f"refusal {act.reference}", "—", codes, act.kind)


def _arrivals(home: Home, played: Played) -> Iterator[Difference]:
    """Every file that was kept aside is there because a mood asked for it, and every such mood left one."""
    kept = [row for status in KEPT for row in home.ledger.arrivals(status=status)]
    moods = [mood for act in played.acts for mood in act.moods]
    moods += [mood for story in played.stories if _spoken(story, played) for mood in story.moods]
    for row in kept:
        if not explained(row.reason.partition(":")[0], moods):
            yield _difference("", f"arrival {row.id}", "—", row.reason, row.name)
    codes = [row.reason.partition(":")[0] for row in kept]
    yield from (_difference("", f"#{mood}", "quarantine", "—") for mood in traces_missing(codes, moods))


def _spoken(story: Story, played: Played) -> bool:
    """Did customs get it, and say anything at all?"""
    return story.reference in played.numbers and "silent" not in story.moods
