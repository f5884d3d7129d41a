"""Arrivals: each file once, with its bytes, until somebody or something has decided."""

from __future__ import annotations

import hashlib
import threading

from ledger.rows import Decision, NewArrival, Settlement
from tests.ledger.world import World, number


def test_the_same_file_is_one_arrival(world: World) -> None:
    first, again = world.arrive(b"<a/>", name="a.xml"), world.arrive(b"<a/>", b"<a/>", name="a.xml")
    assert (first[0].status, first[0].of, first[0].sha256) == ("new", None, hashlib.sha256(b"<a/>").hexdigest())
    assert [(a.id, a.status, a.of) for a in again] == [(first[0].id, "repeat", first[0].id)] * 2
    (row,) = world.ledger.arrivals()
    assert (row.sightings, row.status, row.received_at) == (3, "new", world.clock.now())


def test_twice_in_one_batch(world: World) -> None:
    assert [arrived.status for arrived in world.arrive(b"<a/>", b"<a/>", name="a.xml")] == ["new", "repeat"]
    assert world.ledger.counts().arrivals == {"new": 1}


def test_another_name_box_or_channel_is_another_file(world: World) -> None:
    files = [NewArrival(c, b, n, b"<a/>") for c, b, n in ("xyz", "xyZ", "xYz", "Xyz")]
    assert {arrived.status for arrived in world.ledger.arrive(files)} == {"new"}
    assert len(world.ledger.arrivals()) == 4


def test_two_collectors_take_a_file_once(world: World) -> None:
    others, told = [world.open() for _ in range(3)], []
    files = [NewArrival("main", "InBox", f"{n}.xml", b"<a/>") for n in range(20)]
    threads = [threading.Thread(target=lambda o=other: told.extend(o.arrive(files))) for other in others]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.close()
    assert sorted(arrived.status for arrived in told) == ["new"] * 20 + ["repeat"] * 40
    assert {row.sightings for row in world.ledger.arrivals()} == {3}


def test_any_bytes_are_kept(world: World) -> None:
    bodies = [b"", b"\x00\xff" * 100, bytes(range(256)), "中文".encode("gb18030")]
    world.arrive(*bodies)
    assert [body for _, body in world.ledger.take_up(10)] == bodies


def test_lists_by_status_and_page(world: World) -> None:
    arrived = world.arrive(*(f"<{n}/>".encode() for n in range(6)))
    statuses = ("understood", "waiting", "held", "quarantined", "understood")
    world.ledger.settle([Settlement(a.id, s, "X: x") for a, s in zip(arrived, statuses, strict=False)])
    assert [row.id for row in world.ledger.arrivals("understood")] == [arrived[0].id, arrived[4].id]
    assert [row.id for row in world.ledger.arrivals("new")] == [arrived[5].id]
    assert [row.id for row in world.ledger.arrivals(limit=2, after=arrived[1].id)] == [arrived[2].id, arrived[3].id]
    assert [(row.status, row.reason) for row in world.ledger.arrivals("held")] == [("held", "X: x")]
    assert len(world.ledger.take_up(10)) == 1 and world.ledger.take_up(0) == []


def test_a_person_decides(world: World) -> None:
    held, bad, done, new = world.arrive(b"<1/>", b"<2/>", b"<3/>", b"<4/>")
    told = [(held, "held"), (bad, "quarantined"), (done, "understood")]
    world.ledger.settle([Settlement(arrived.id, status, "SIG_VALUE: 坏") for arrived, status in told])
    decisions = [Decision(held.id, "release", "查过了", "小李"), Decision(bad.id, "discard", "假的", "小李")]
    decisions += [Decision(done.id, "discard", "?", "小李"), Decision(new.id, "discard", "?", "小李")]
    assert world.ledger.decide(decisions) == [held.id, bad.id]
    assert [row.status for row in world.ledger.arrivals()] == ["new", "discarded", "understood", "new"]
    assert world.ledger.arrivals("discarded")[0].reason == "SIG_VALUE: 坏 | 小李: 假的"
    assert [(row.act, row.actor, row.detail["why"]) for row in world.ledger.audit_rows()] == [
        ("release", "小李", "查过了"),
        ("discard", "小李", "假的"),
    ]


def test_a_person_says_to_whom_it_belongs(world: World) -> None:
    (arrived,) = world.arrive(b"<1/>")
    assert not world.ledger.match(arrived.id, number(1), "小李")
    world.ledger.settle([Settlement(arrived.id, "waiting", "RCP_ORPHAN: ?", wants=number(9))])
    assert world.ledger.match(arrived.id, number(1), "小李")
    ((row, _),) = world.ledger.take_up(10)
    assert (row.wants, row.status) == (number(1), "new")
    assert world.ledger.audit_rows()[0].detail == {"number": number(1)}


def test_rejoined_are_those_whose_document_exists(world: World) -> None:
    arrived = world.arrive(b"<1/>", b"<2/>", b"<3/>")
    told = (("waiting", 1), ("held", 1), ("waiting", 2))
    world.ledger.settle([Settlement(a.id, s, "X: x", wants=number(n)) for a, (s, n) in zip(arrived, told, strict=True)])
    world.record(world.submission(1))
    assert world.ledger.rejoin() == 2
    assert [row.status for row in world.ledger.arrivals()] == ["new", "new", "waiting"]


def test_what_was_begun_and_never_ended_is_read_alone_and_last(world: World) -> None:
    """reliability F48: its reader died; whoever reads next counts on."""
    world.arrive(b"<a/>", b"<b/>", b"<c/>")
    assert [row.tries for row, _ in world.ledger.take_up(10)] == [1, 1, 1]
    world.arrive(b"<d/>")
    assert [(body, row.tries) for row, body in world.ledger.take_up(10)] == [(b"<d/>", 1)]
    seen = [[(body, row.tries) for row, body in world.ledger.take_up(10)] for _ in range(4)]
    assert seen == [[(body, 2)] for body in (b"<a/>", b"<b/>", b"<c/>", b"<d/>")]


def test_what_was_put_back_was_never_begun(world: World) -> None:
    world.arrive(b"<a/>", b"<b/>")
    world.ledger.put_back([row.id for row, _ in world.ledger.take_up(10)])
    assert [row.tries for row, _ in world.ledger.take_up(10)] == [1, 1]
