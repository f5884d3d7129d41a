"""settle(): whatever the order, the repeats and the batches, each event once and the same end."""

from __future__ import annotations

import itertools
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ledger.rows import DocumentChange, DocumentRow, NewEvent, Settlement
from mappings.states import Verdict, What
from tests.ledger.world import NODE, World, at, number, said

SS = {"code": "SS", "what": What.TRANSPORT}


def test_a_technical_answer_goes_to_all_that_the_message_carries(world: World) -> None:
    world.record(world.submission(1, carried=3))
    sent = world.ledger.messages_sent(["M1-0"])["M1-0"]
    events = [replace(world.event(0, "SS", 1, message="M1-0", what=What.TRANSPORT), number=n) for n in sent.numbers]
    settled = world.tell(*events)
    assert (settled.status, settled.applied, settled.changed) == ("understood", 4, sent.numbers)
    assert {row.state for row in world.ledger.documents()} == {"SS"}


def test_a_business_record_goes_to_the_document_that_it_names(world: World) -> None:
    world.record(world.submission(1, carried=3))
    told = [
        world.event(1, "HS", 1, message="M1-0", facts={"customs_no": "1"}),
        world.event(1, "HF", 2, message="M1-0", number=number(11, "C")),
    ]
    assert world.tell(*told).changed == (number(1), number(11, "C"))
    states = {row.number: row.state for row in world.ledger.documents()}
    assert states == {number(1): "HS", number(10, "C"): "D", number(11, "C"): "HF", number(12, "C"): "D"}
    assert [row.customs_no for row in world.ledger.documents()] == ["1", "", "", ""]


def test_the_same_event_again_is_no_row(world: World) -> None:
    world.record(world.submission(1))
    stored = world.event(1, "HS", 1, message="M1-0")
    assert world.tell(stored).applied == 1
    assert [settled.applied for settled in world.tell_all([[stored]] * 3 + [[stored, stored]])] == [0, 0, 0, 0]
    history = world.ledger.history(number(1))
    assert history and [event.code for event in history.events] == ["submit", "HS"]


def test_an_event_that_nothing_permits_is_kept_and_changes_nothing(world: World) -> None:
    world.record(world.submission(1))
    world.tell(world.event(1, "BP", 2, message="M1-0"))
    assert world.tell(world.event(1, "HF", 3, message="M1-0")).changed == ()
    history = world.ledger.history(number(1))
    assert history and history.document.state == "BP"
    assert [event.verdict for event in history.events] == [Verdict.APPLIED, Verdict.SKIPPED, Verdict.ANOMALY]


def test_an_answer_closes_the_outbox_whatever_we_knew_of_the_delivery(world: World) -> None:
    world.record(world.submission(1), world.submission(2))
    world.tell(world.event(1, "HS", 1, message="M1-0"))
    assert [due.cop_msg_id for due in world.ledger.due("deliver", limit=10)] == ["M2-0"]
    assert world.ledger.counts().stages == {"deliver": 1, "done": 1}


def test_a_message_again_is_a_repeat(world: World) -> None:
    world.record(world.submission(1))
    first, second = world.arrive(b"<same/>"), world.arrive(b"<same/>")
    told = {"message": said("C1"), "events": (world.event(1, "HS", 1, message="M1-0"),)}
    one, two = world.ledger.settle([Settlement(a.id, "understood", **told) for a in (*first, *second)])
    assert (one.status, one.applied, two.status, two.applied) == ("understood", 1, "repeat", 0)
    (row,) = world.ledger.arrivals("repeat")
    assert row.repeat_of == first[0].id and row.message_id


def test_a_message_id_with_other_content_is_a_conflict(world: World) -> None:
    world.record(world.submission(1))
    arrived = world.arrive(b"<one/>", b"<other/>")
    stories = [world.event(1, "HS", 1, message="M1-0"), world.event(1, "BP", 2, message="M1-0")]
    told = [
        Settlement(a.id, "understood", message=said("C1"), events=(e,)) for a, e in zip(arrived, stories, strict=True)
    ]
    assert [settled.status for settled in world.ledger.settle(told)] == ["understood", "quarantined"]
    assert world.state(1) == "HS"
    (row,) = world.ledger.arrivals("quarantined")
    assert (
        row.reason.startswith("MSG_CONFLICT: ") and arrived[0].sha256 in row.reason and arrived[1].sha256 in row.reason
    )
    # another sender may use the same id, and so may we
    other = world.arrive(b"<third/>")
    assert (
        world.ledger.settle([Settlement(other[0].id, "understood", message=said("C1", NODE))])[0].status == "understood"
    )


def test_what_was_quarantined_uses_up_no_message_id(world: World) -> None:
    """A forged message must not block the true one."""
    forged, true = world.arrive(b"<forged/>", b"<true/>")
    told = [
        Settlement(forged.id, "quarantined", "SIG_VALUE: 签名错误", message=said("C1")),
        Settlement(true.id, "understood", message=said("C1")),
    ]
    assert [settled.status for settled in world.ledger.settle(told)] == ["quarantined", "understood"]


def test_an_arrival_is_settled_once(world: World) -> None:
    """Two nodes may have read the same arrival; the second finds it done."""
    world.record(world.submission(1))
    (arrived,) = world.arrive(b"<x/>")
    understood = Settlement(arrived.id, "understood", events=(world.event(1, "HS", 1, message="M1-0"),))
    world.ledger.settle([understood])
    (late,) = world.ledger.settle([replace(understood, status="held", reason="RCP_CODE: ?")])
    assert (late.status, late.applied) == ("understood", 0)


def test_an_orphan_waits_and_is_rejoined(world: World) -> None:
    (arrived,) = world.arrive(b"<early/>")
    early = world.event(1, "HS", 1, message="M1-0")
    waiting = Settlement(arrived.id, "waiting", "RCP_ORPHAN: …", message=said("C1"), wants=number(1))
    assert world.ledger.settle([waiting])[0].status == "waiting"
    assert world.ledger.rejoin() == 0
    world.record(world.submission(1))
    assert world.ledger.rejoin() == 1
    ((row, body),) = world.ledger.take_up(10)
    assert (row.id, body, row.wants) == (arrived.id, b"<early/>", "")
    joined = Settlement(row.id, "understood", message=said("C1"), events=(early,))
    assert world.ledger.settle([joined])[0].status == "understood"  # its own message is no repeat of itself
    assert world.state(1) == "HS" and world.ledger.rejoin() == 0


def test_an_event_without_its_document_makes_the_arrival_wait(world: World) -> None:
    world.record(world.submission(1))
    settled = world.tell(world.event(1, "HS", 1, message="M1-0"), world.event(2, "HS", 1, message="M2-0"))
    assert (settled.status, settled.applied) == ("waiting", 1)
    (row,) = world.ledger.arrivals("waiting")
    assert row.wants == number(2) and row.reason.startswith("RCP_ORPHAN: ")


def test_customs_may_open_a_document(world: World) -> None:
    opened = (world.enterprise.id, DocumentChange("C5-1:BA01", "blank_form", 1, "", {"blank_format": "C5-1"}, None))
    pick_up = world.event(1, "EW", 1, number="C5-1:BA01", facts={"customs_no": "8"})
    first, second = world.tell_all([[pick_up]] * 2, opens=(opened,))
    assert (first.changed, first.applied, second.applied) == (("C5-1:BA01",), 1, 0)
    (row,) = world.ledger.documents()
    assert (row.state, row.kind, row.reference, row.facts) == ("S", "blank_form", "", {"blank_format": "C5-1"})
    assert [notice.source_state for notice in world.ledger.notices(10)] == [""]


# ── any order, any repeats, any batches ──

LIFE = (  # three turns: refused by customs, submitted again, a draft to confirm, picked up
    ("SS", 1, 0, What.TRANSPORT, {}),
    ("HF", 2, 0, What.BUSINESS, {"reason": "没有底账"}),
    ("SF", 11, 1, What.TRANSPORT, {}),
    ("SS", 12, 1, What.TRANSPORT, {}),
    ("HS", 13, 1, What.BUSINESS, {"customs_no": "123"}),
    ("EW", 14, 1, What.BUSINESS, {}),
    ("SS", 21, 2, What.TRANSPORT, {}),
    ("HF", 22, 2, What.BUSINESS, {"reason": "an anomaly: nothing permits it"}),
    ("BP", 23, None, What.BUSINESS, {"certificate_no": "9"}),
)


def _life(world: World, serial: int) -> list[NewEvent]:
    """All that customs says of number(serial), whose acts are done: submit, submit again for HF, agree to EW."""
    told = [
        world.event(serial, code, minutes, message="" if sent is None else f"M{serial}-{sent}", what=what, facts=facts)
        for code, minutes, sent, what, facts in LIFE
    ]
    agree = replace(world.change(number(serial), "agree"), declaration="")
    acts = (
        world.submission(serial),
        world.submission(serial, "2", sent=1),
        world.submission(serial, "3", reference=f"A{serial}", kind="confirmation", sent=2, documents=(agree,)),
    )
    for act, answer in zip(acts, (told[1], told[5], None), strict=True):
        assert world.record(act)[0].outcome in ("accepted", "revised")
        if answer:
            world.tell(answer)
    return told


def _end(world: World, serial: int) -> tuple[object, ...]:
    history = world.ledger.history(number(serial))
    assert history
    row: DocumentRow = history.document
    facts = (row.state, row.since, row.due_at, row.facts, row.customs_no, row.certificate_no, row.event_count)
    return (*facts, [(e.code, e.stated_at, e.source, e.to, e.verdict) for e in history.events])


@st.composite
def _arrivals(draw: st.DrawFn) -> list[list[list[int]]]:
    """Batches of arrivals of events (indexes into LIFE): in any order, some of them again, cut anywhere."""
    again = draw(st.lists(st.sampled_from(range(len(LIFE))), max_size=5))
    order = draw(st.permutations([*range(len(LIFE)), *again]))
    cuts = sorted(draw(st.sets(st.integers(1, len(order) - 1))) | {0, len(order)})
    batches = [order[start:stop] for start, stop in itertools.pairwise(cuts)]
    return [[batch] if draw(st.booleans()) else [[index] for index in batch] for batch in batches]


@given(batches=_arrivals())
@settings(max_examples=settings.default.max_examples // 3)
def _any_order_ends_the_same(world: World, batches: list[list[list[int]]]) -> None:
    orderly, shuffled = next(world.serials), next(world.serials)
    for event in _life(world, orderly):
        world.tell(event)
    told = _life(world, shuffled)
    for batch in batches:
        world.tell_all([[told[index] for index in arrival] for arrival in batch])
    assert _end(world, shuffled) == _end(world, orderly)
    assert sum(world.ledger.counts().arrivals.values()) == world.arrived


def test_any_order_any_repeats_any_batches_end_the_same(world: World) -> None:
    _any_order_ends_the_same(world)
    states = {row.state: (row.customs_no, row.certificate_no) for row in world.ledger.documents()}
    assert states == {"BP": ("123", "9")}
    assert world.ledger.refold() == [] and world.ledger.broken() == []


@given(
    statuses=st.lists(st.sampled_from(["understood", "waiting", "held", "quarantined", "repeat", "again"]), max_size=12)
)
@settings(max_examples=settings.default.max_examples // 3)
def _arrivals_are_conserved(world: World, statuses: list[str]) -> None:
    """in = sum over statuses, at every moment."""
    for index, status in enumerate(statuses):
        same = status in ("repeat", "again")
        (arrived,) = world.arrive(
            b"<again/>" if same else f"<{world.arrived}/>".encode(), name="one.xml" if status == "again" else ""
        )
        message = said("the same") if status == "repeat" else None
        told = Settlement(arrived.id, "understood" if same else status, message=message)
        if index % 3:
            world.ledger.settle([told])
        counts = world.ledger.counts()
        rows = world.ledger.arrivals()
        assert sum(counts.arrivals.values()) == len(rows)
        assert counts.arrivals == {s: n for s in {r.status for r in rows} if (n := sum(r.status == s for r in rows))}
    assert sum(row.sightings for row in world.ledger.arrivals()) == world.arrived


def test_arrivals_are_conserved(world: World) -> None:
    _arrivals_are_conserved(world)


def test_since_is_customs_time(world: World) -> None:
    world.record(world.submission(1))
    world.tell(world.event(1, "HS", 7, message="M1-0"))
    history = world.ledger.history(number(1))
    assert history and history.document.since == at(7)


def test_a_message_that_only_repeats_is_linked_to_its_document_and_stands_in_its_evidence(world: World) -> None:
    world.record(world.submission(1))
    first = world.tell(world.event(1, "HS", 1), message=said("M-first"))
    for name in ("M-second", "M-third"):
        again = world.tell(world.event(1, "HS", 1), message=said(name))
        assert (first.applied, again.applied) == (1, 0)
    with world.ledger._transactions.reading() as connection:
        rows = connection.execute(text("SELECT cop_msg_id FROM carries JOIN message ON message.id = message_id"))
        assert {name for (name,) in rows} - {"M1-0"} == {"M-second", "M-third"}
    dossier = world.ledger.dossier(number(1))
    assert dossier
    assert [each.cop_msg_id for each in dossier.files if each.direction == "in"] == ["M-first", "M-second", "M-third"]
