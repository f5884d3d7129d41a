"""Walks over the contract's data: every receipt code and every mood of every kind, and that both ends judge alike.

A kind that is added is asked the same without a line here.
"""

import json
from datetime import timedelta
from typing import NamedTuple

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
from simulator.moods import MOODS, PATIENT, effective, is_mood, parted
from simulator.scenario import Rule, Scenario, Told

from .conftest import APPLICATION_NO, CERTIFICATES, CODE, CUSTOMS, ENTERPRISE, JUDGES

KINDS = contract().kinds
SENT = [kind for kind in KINDS.values() if kind.direction is Direction.OUT and kind.number]
CARRIERS = {kind.carries.kind.name: kind for kind in SENT if kind.carries and kind.carries.kind}
NOTICES = {life.name: kind.name for kind in KINDS.values() if (life := kind.notifies)}
WITH_RECEIPTS = [kind for kind in KINDS.values() if kind.receipts]
JUDGED = [kind for kind in KINDS.values() if kind.direction is Direction.OUT]
FORM = "blank_form"
SERIAL = APPLICATION_NO[1:]
LONG = timedelta(hours=30)


def sent(world, kind, seed=1, *, forms=()):
    """A sample of the kind, sent; about these forms, where it is about forms. -> its number, and those of what it carries."""
    content = {
        k: v for k, v in sample(kind, seed=seed)["content"].items() if k not in ("remark", "confirm_before_issue")
    }
    if forms:
        content["lines"] = [{**content["lines"][0], **form} for form in forms]
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


def handed_out(world, kind):
    """Forms of an application, for a kind that is about forms; none for any other."""
    if not any(need.kind == FORM for need in kind.needs):
        return []
    world.apply_blank(number="B20260000000000099")  # not the number of the sample
    world.look()
    return [dict(case.content) for case in world.store.cases() if case.kind == FORM]


class Played(NamedTuple):
    """A sample that was sent, what it carries, the files about it at once and in the end, and numbers that were there before."""

    main: str
    carried: tuple[str, ...]
    at_once: dict[str, bytes]
    files: dict[str, bytes]
    others: set[str]


def about(world, kind, moods, tmp_path):
    """A world in which documents of the kind have these moods, and the e-ledger that samples ask for is there; a sample, sent."""
    ledger = {
        "inspection_no": contract().dictionary.elements["inspection_no"].example, "consignor_customs_code": CODE,
        "requested_certificates": [{"certificate_class": "11", "originals": 1, "copies": 2}],
    }  # fmt: skip
    (tmp_path / "eledgers.json").write_text(json.dumps([ledger]), encoding="utf-8")
    forms = handed_out(world, kind)
    rule = Rule(kind=kind.name, told=Told(moods=moods))
    world.customs = world.another(scenario=Scenario((rule,)), eledgers=Eledgers(tmp_path / "eledgers.json"))
    before, others = world.files(), {row["number"] for row in world.customs.statement()}
    main, carried = sent(world, kind, forms=forms)
    world.look()
    at_once = world.files()
    world.look(LONG)
    fresh = {name: data for name, data in world.files().items() if name not in before}
    return Played(main, carried, {name: at_once[name] for name in at_once.keys() & fresh.keys()}, fresh, others)


@pytest.mark.parametrize("kind", SENT, ids=lambda kind: kind.name)
def test_every_mood_ends_where_the_kind_says(make_world, tmp_path, kind):
    """By a scenario, so that kinds without a remark have moods too."""
    for mood in MOODS.values():
        world = make_world(file=f"{mood.word}.db")
        played = about(world, kind, (mood.said,), tmp_path)
        wanted = {played.main: end(kind, mood.word)} | {n: end(kind.carries.kind, mood.word) for n in played.carried}
        rows = [row for row in world.customs.statement() if row["number"] not in played.others]
        assert {r["number"]: r["state"] for r in rows if not KINDS[r["kind"]].number_form} == wanted, mood.word
        assert set(world.told()) >= {(n, state) for n, state in wanted.items() if mood.word != "silent"}
        assert bool(played.files) == (mood.word != "silent")
        world.store.close()


@pytest.mark.parametrize("kind", SENT, ids=lambda kind: kind.name)
def test_the_same_seed_gives_the_same_bytes(make_world, tmp_path, kind):
    """Every kind's answers, with all that dice are thrown for."""
    once, again, otherwise = make_world(file="1.db"), make_world(file="2.db"), make_world(file="3.db", seed=7)
    for world in (once, again, otherwise):
        about(world, kind, ("shuffle", "twice", "garbage", "foreign", "stranger"), tmp_path)
    assert once.files() == again.files() != otherwise.files()


@pytest.mark.parametrize("mood", [m for m in MOODS.values() if effective(m.word, KINDS)], ids=lambda mood: mood.word)
def test_every_mood_is_produced(make_world, tmp_path, mood):
    """Some answers are other ones by it, or come at another time: a mood that nobody produces is a word."""
    for kind in SENT:
        plain, moody = make_world(file=f"{kind.name}.db"), make_world(file=f"{kind.name} {mood.word}.db")
        usual, played = about(plain, kind, (), tmp_path), about(moody, kind, (mood.said,), tmp_path)
        if (usual.at_once, usual.files) != (played.at_once, played.files):
            return
    assert mood.word in PATIENT, f"#{mood.said} changes nothing"
    assert confirmed(make_world, "#confirm") != confirmed(make_world, f"#confirm #{mood.said}")


def confirmed(make_world, remark):
    """Where a certificate is when its draft was agreed to: what a mood does that waits for an act."""
    world = make_world(file=f"{remark}.db")
    world.apply(remark, count=1)
    world.look()
    world.confirm(CERTIFICATES[0])
    world.look()
    return world.row(CERTIFICATES[0])["state"]


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
