"""The shipped stories, played by customs: exact numbers and times handed in, sentences word for word its own."""

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.clock import micros
from mappings.load import contract
from simulator.numbers import Numbers
from simulator.store import Store

from .conftest import ENTERPRISE

STORIES = [(kind, story) for kind in contract().kinds.values() for story in kind.stories]
KNOWN = {"kind", "number", "status", "decision", "stated_at", "receipt_no", "reason", "sentence"}

UNSAID = {"kind", "reason", "decision"}  # of a story's record: what customs decides by, and does not say


def files(kind, story):
    folder = kind.folder.joinpath("stories").joinpath(story)
    return [(f.name, f.read_text(encoding="utf-8")) for f in sorted(folder.iterdir(), key=lambda f: f.name)]


@pytest.mark.parametrize(("kind", "story"), STORIES, ids=lambda value: getattr(value, "name", value))
def test_story(make_world, kind, story):
    world, told = make_world(progress="manual"), []
    texts = dict(files(kind, story))
    if "numbers.toml" not in texts:
        pytest.skip("nothing is sent")
    if "fault" in tomllib.loads(texts["expect.toml"]):
        pytest.skip("the enterprise's end refuses a part of it: tests/stories plays it whole")
    if any(name.endswith("_road.toml") for name in texts):
        pytest.skip("the platform has a part in it: tests/stories plays it whole")
    if any('"attachments"' in text for text in texts.values()):
        pytest.skip("its files are packed by the enterprise's end: tests/stories plays it whole")
    if any(asked.certain for asked in kind.facts):
        pytest.skip("what it leaves out is filled in by the enterprise's end: tests/stories plays it whole")
    numbers = tomllib.loads(texts["numbers.toml"])
    left = {listed[0][0]: list(listed) for name, listed in numbers.items() if name != "begins"}
    sent = {}
    for name, text in texts.items():
        if name.endswith("declaration.json"):
            _send(world, json.loads(text), left, sent)
        elif name.endswith("customs.toml"):
            for record in tomllib.loads(text)["record"]:
                world.clock.at = max(world.clock.at, micros(record["stated_at"]))
                _decide(world, record)
                told.append(record)
    world.look()
    made = sorted(world.records, key=lambda r: r["receipt_no"])
    for record, expected in zip(made, sorted(told, key=lambda r: r["receipt_no"]), strict=True):
        assert {name: record.get(name) for name in expected if name not in UNSAID} == {
            name: value for name, value in expected.items() if name not in UNSAID
        }


def _send(world, declaration, left, sent):
    """left: numbers by series that are not handed out yet. sent: by reference its number, its documents' and how often."""
    kind, content = contract().kinds[declaration["kind"]], declaration["content"]
    if kind.acts_on:
        world.send(kind.name, content, content[kind.target or "certificate_serial"], submission=sent.get(kind.name, 0))
        sent[kind.name] = sent.get(kind.name, 0) + 1
    elif declaration["reference"] in sent:
        number, carried, before = sent[declaration["reference"]]
        if kind.carries:  # only those that failed go again
            failed = [i for i, n in enumerate(carried) if world.row(n)["state"] in ("HF", "HT")]
            content = content | {kind.carries.name: [content[kind.carries.name][i] for i in failed]}
            carried = tuple(carried[i] for i in failed)
        world.send(kind.name, content, number, carried, submission=before)
        sent[declaration["reference"]] = (number, carried, before + 1)
    else:
        count = len(content[kind.carries.name]) if kind.carries else 0
        carried = tuple(left["C"].pop(0) for _ in range(count))
        number = left[kind.number].pop(0)
        world.send(kind.name, content, number, carried)
        sent[declaration["reference"]] = (number, carried, 1)
    world.look()


def _decide(world, record):
    """The sentence is not handed over: customs makes it."""
    values = {name: value for name, value in record.items() if name not in KNOWN}
    data = {name: value for name, value in values.items() if isinstance(value, list)}
    facts = {name: value for name, value in values.items() if name not in data}
    if record["number"] not in {row["number"] for row in world.customs.statement()}:  # by customs' own motion
        given = {**facts, **{name: record[name] for name in ("stated_at", "receipt_no")}}
        if "notice" in data:
            world.customs.notice(record["kind"], data["notice"][0], sender=ENTERPRISE, given=given)
        else:
            world.customs.issue(record["number"], data["certificate"][0], sender=ENTERPRISE, given=given)
        world.look()
        return
    status = record.get("decision", record["status"])
    world.customs.decide(record["number"], status, reason=record.get("reason", ""), facts=facts, data=data,
                         stated_at=record["stated_at"], receipt_no=record["receipt_no"])  # fmt: skip
    world.look()


def test_exact_numbers_are_handed_in(make_world):
    world = make_world()
    exact = {"customs_no": ["2201L2200000072"], "receipt_no": ["202200000000006795"], "blank_serial": ["BA0501020"]}
    world.customs = world.another(numbers=Numbers(world.store, node="DXPEDC0000000001", exact=exact))
    world.apply_blank()
    world.look()
    stored, picked = world.records
    assert (stored["customs_no"], stored["receipt_no"]) == ("2201L2200000072", "202200000000006795")
    assert (picked["receipt_no"], picked["customs_no"]) == ("202600000000000001", "2201L2200000072")
    assert picked["lines"][0]["forms"][0]["blank_serial"] == "BA0501020"


def test_numbers_that_are_taken(tmp_path):
    store = Store(tmp_path / "n.db")
    numbers = Numbers(store, node="N")
    with store.transaction():
        assert numbers.certificate_no("222N01040001195") == "222N01040001195001"
        assert [numbers.timed_customs_no("0104", "20221222235959000") for _ in range(2)] == [
            "010420221222235959",
            "010420221223000000",
        ]
        assert numbers.timed_customs_no("0104", "20221222235958000") == "010420221222235958"
        assert numbers.timed_customs_no("0104", "20221222235958000") == "010420221223000001"
        assert numbers.blank_customs_no("0101", "L", "20221222000000000") == "0101L2200000001"
        assert [numbers.office(code, "0101") for code in ("2201", "220100", "", "上海关区")] == [
            "2201",
            "2201",
            "0101",
            "0101",
        ]
        serials = [s for _ in range(3) for s in numbers.blank_serials("C5-1", 999)] + numbers.blank_serials("Ce-2", 1)
        assert len(set(serials)) == 2998
        assert (serials[0], serials[989], serials[-1]) == ("BA0501011", "BB0501000", "BA0002011")
    store.close()


def test_more_branches_than_an_inspection_number_has(tmp_path):
    store = Store(tmp_path / "n.db")
    numbers = Numbers(store, node="N")
    with store.transaction():
        found = [numbers.certificate_no("222N01040001195") for _ in range(1200)]
    assert len(set(found)) == 1200
    assert all(contract().dictionary.elements["certificate_no"].grammar.pattern.fullmatch(n) for n in found)
    store.close()


@given(st.lists(st.integers(0, 30), max_size=60))
def test_next_free_is_the_first_that_nobody_has(wanted):
    store = Store(":memory:")
    used = set()
    with store.transaction():
        for n in wanted:
            free = store.next_free("x", n)
            assert free == next(m for m in range(n, 1000) if m not in used)
            used.add(free)
    store.close()
