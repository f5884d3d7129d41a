"""Walks over the contract's data: every receipt code and every mood of every kind, and that both ends judge alike.

A kind that is added is asked the same without a line here.
"""

import json
from datetime import timedelta

import pytest

from mappings.check import BY_ANYBODY, check
from mappings.clock import moment
from mappings.kind import Direction
from mappings.load import contract
from mappings.sample import sample, sample_breaking
from parcel.attached import of_sample
from parcel.way import INWARD, OUTWARD, walk
from simulator.crowd import breakable
from simulator.eledgers import Eledgers
from simulator.entry import CERTIFICATE, issue_entry
from simulator.house import Registered
from simulator.issue import notify
from simulator.moods import MOODS, is_mood, parted
from simulator.scenario import Rule, Scenario, Told

from .conftest import APPLICATION_NO, CODE, CUSTOMS, ENTERPRISE, JUDGES

KINDS = contract().kinds
SENT = [kind for kind in KINDS.values() if kind.direction is Direction.OUT and kind.number]
CARRIERS = {kind.carries.kind.name: kind for kind in SENT if kind.carries and kind.carries.kind}
NOTICES = {life.name: kind.name for kind in KINDS.values() if (life := kind.notifies)}
WITH_RECEIPTS = [kind for kind in KINDS.values() if kind.receipts]
JUDGED = [kind for kind in KINDS.values() if kind.direction is Direction.OUT]
SERIAL = APPLICATION_NO[1:]
LONG = timedelta(hours=30)


def sent(world, kind, seed=1):
    """A sample of the kind, sent. -> its number, and those of what it carries."""
    content = {
        k: v for k, v in sample(kind, seed=seed)["content"].items() if k not in ("remark", "confirm_before_issue")
    }
    group = kind.carries
    items = content.get(group.name, []) if group and group.kind else []
    numbers = tuple(f"{group.kind.number}20260000000009{n:03d}" for n in range(len(items))) if items else ()
    world.send(kind.name, content, f"{kind.number}{SERIAL}", numbers)
    return f"{kind.number}{SERIAL}", numbers


def noticed(world, kind):
    """A notice that opens a document of the kind, about a declaration that customs never had from here. -> its number."""
    return notify(world.store, "010120241000005175", NOTICES[kind.name], contract=contract(), clock=world.clock,
                  sender=ENTERPRISE, road="customs/CertOut")  # fmt: skip


def issued(world):
    """An entry certificate that nobody asked for from here. -> its number."""
    return issue_entry(world.store, Registered(ENTERPRISE, CODE), contract=contract(), clock=world.clock,
                       numbers=world.customs.tools.numbers, declaration_no="010120241000005175", road="customs/CertIn")  # fmt: skip


def test_every_kind_with_receipts_is_walked():
    walked = {kind.name for kind in SENT} | CARRIERS.keys() | NOTICES.keys() | {CERTIFICATE}
    assert {kind.name for kind in WITH_RECEIPTS} <= walked, "a kind with receipts whose documents nobody sends"


@pytest.mark.parametrize("kind", WITH_RECEIPTS, ids=lambda kind: kind.name)
def test_every_receipt_code_is_produced(make_world, kind):
    """Decided by hand; it verifies and reads at the enterprise's end, and its sentence has no gap."""
    for status in kind.receipts:
        world = make_world(file=f"{status}.db", progress="manual")
        if kind.name in NOTICES:
            number, first = noticed(world, kind), [kind.needs_machine().start]
        elif kind.name == CERTIFICATE:
            number, first = issued(world), [kind.happy[-1]]
        else:
            main, carried = sent(world, CARRIERS.get(kind.name, kind))
            number, first = carried[0] if kind.name in CARRIERS else main, []
        world.look()
        assert [told for told in world.told() if told[0] == number] == [(number, state) for state in first]
        before = world.row(number)["state"]
        world.customs.decide(number, status, reason="理由")
        world.look()
        state = status if status in kind.needs_machine().states else before  # what happens beside the state leaves it
        assert [told for told in world.told() if told[0] == number] == [(number, each) for each in (*first, state)], (
            status
        )
        assert world.row(number)["state"] == state
        assert "{" not in world.records[0]["sentence"]
        world.store.close()


def end(kind, fate):
    """Where the kind's data says that a document ends."""
    return kind.moods.get(fate, kind.happy[-1])


# Forms must have been handed out before they are voided or returned: tests/gateway/test_blank_stock.py plays those moods.
ALONE = [kind for kind in SENT if not any(need.kind == "blank_form" for need in kind.needs)]


@pytest.mark.parametrize("kind", ALONE, ids=lambda kind: kind.name)
def test_every_mood_ends_where_the_kind_says(make_world, tmp_path, kind):
    """By a scenario, so that kinds without a remark have moods too; the e-ledger that samples ask for is there."""
    ledger = {
        "inspection_no": contract().dictionary.elements["inspection_no"].example, "consignor_customs_code": CODE,
        "requested_certificates": [{"certificate_class": "11", "originals": 1, "copies": 2}],
    }  # fmt: skip
    (tmp_path / "eledgers.json").write_text(json.dumps([ledger]), encoding="utf-8")
    for mood in MOODS.values():
        world = make_world(file=f"{mood.word}.db")
        told = Told(moods=(mood.said,))
        eledgers = Eledgers(tmp_path / "eledgers.json")
        world.customs = world.another(scenario=Scenario((Rule(kind=kind.name, told=told),)), eledgers=eledgers)
        main, carried = sent(world, kind)
        world.look()
        world.look(LONG)
        wanted = {main: end(kind, mood.word)} | {n: end(kind.carries.kind, mood.word) for n in carried}
        found = {row["number"]: row["state"] for row in world.customs.statement() if not KINDS[row["kind"]].number_form}
        assert found == wanted, mood.word
        assert set(world.told()) >= {(n, state) for n, state in wanted.items() if mood.word != "silent"}
        assert bool(world.files()) == (mood.word != "silent")
        world.store.close()


def test_every_mood_of_a_kinds_data_is_a_mood():
    for kind in KINDS.values():
        for word in kind.moods:
            assert word in MOODS, (kind.name, word)
    assert all(is_mood(mood.said) and parted(mood.said)[0] == mood.word for mood in MOODS.values())


# both ends


def declared(kind):
    """Contents good and bad: samples, the stories' declarations, and one that breaks each rule."""
    for seed in range(6):
        yield f"seed {seed}", sample(kind, seed=seed)["content"]
    holders = (kind, kind.carries.kind) if kind.carries and kind.carries.kind else (kind,)
    alone = {code for holder in holders for code in breakable(holder)}  # others need what a ledger or customs knows
    for code in sorted(alone):
        yield code, sample_breaking(kind, code, seed=1)["content"]
    for story in kind.stories:
        for file in sorted(kind.folder.joinpath("stories").joinpath(story).iterdir(), key=lambda each: each.name):
            if file.name.endswith("declaration.json"):
                found = json.loads(file.read_text(encoding="utf-8"))
                if found["kind"] == kind.name:
                    yield f"{story} {file.name}", found["content"]


def seen_by_customs(world, kind, content):
    """Codes and places of what customs finds wrong with the message alone; None where its schema refuses the message."""
    group = kind.carries
    items = content.get(group.name, []) if group and group.kind else []
    carried = tuple(f"{group.kind.number}20260000000009{n:03d}" for n in range(len(items))) if items else ()
    number = str(content.get("certificate_serial") or f"{kind.number or 'C'}{SERIAL}")
    parcel = world.parcel(kind.name, content, number, carried)
    tools = {"contract": contract(), "judges": JUDGES, "signer": world.signers[ENTERPRISE]}
    done, refused = walk(_without_files(OUTWARD[1:]), [parcel], tools)
    if refused:
        assert refused[0][1].code == "XSD_INVALID", refused[0][1]
        return None
    held = {
        "registry": world.registry, "at": moment(world.clock.now()), "contract": contract(), "judges": JUDGES,
        "senders": {ENTERPRISE}, "addressees": {CUSTOMS},
    }  # fmt: skip
    [arrived], _ = walk(_without_files(INWARD), [type(parcel)(name=done[0].name, data=done[0].data)], held)
    return {(fault.code, fault.path) for fault in check(kind, arrived.content, by=BY_ANYBODY).faults}


def _without_files(way):
    """Only what the message says is judged here; files are judged where they travel."""
    return [station for station in way if station.__name__ not in ("pack", "unpack", "match")]


@pytest.mark.parametrize("kind", JUDGED, ids=lambda kind: kind.name)
def test_both_ends_judge_alike(world, kind):
    judged = 0
    for name, given in declared(kind):
        content = of_sample(kind, given)[0]
        ours = check(kind, content)
        theirs = seen_by_customs(world, kind, ours.content if not ours.faults else content)
        told = {(fault.code, fault.path) for fault in ours.faults}
        if theirs is None:  # what a certain fact fills in is not there yet: it is judged with it, before it is written
            assert told or kind.certain, f"{name}: the schema refuses what the enterprise's end accepts"
        else:
            assert theirs == told, name
        judged += 1
    assert judged >= 6
