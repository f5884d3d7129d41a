"""record(): all of a batch or nothing, a reference once, acts only where the fold permits them."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ledger import recording
from ledger.rows import Act, AuditEntry, DocumentChange, NewEnterprise
from ledger.tables import metadata
from mappings.states import What
from tests.ledger.world import World, number


def _rows(world: World) -> dict[str, int]:
    """How many rows each table has, but for the enterprise that the world begins with."""
    with world.ledger._transactions.reading() as connection:
        counted = {t.name: connection.scalar(select(func.count()).select_from(t)) for t in metadata.sorted_tables}
    return {name: count for name, count in counted.items() if count and name != "enterprise"}


def test_everything_of_a_submission_is_there(world: World) -> None:
    (told,) = world.record(world.submission(1))
    assert (told.outcome, told.number, told.kind, told.state, told.submission) == (
        "accepted",
        number(1),
        "application",
        "D",
        0,
    )
    assert _rows(world) == {"document": 1, "declaration": 1, "seen_reference": 1, "body": 1, "message": 1, "carries": 1, "event": 1,
                            "outbox": 1, "notice": 1, "tally": 2}  # fmt: skip
    (due,) = world.ledger.due("deliver", limit=10)
    assert (due.cop_msg_id, due.body, due.stage, due.attempts) == ("M1-0", b"<M1-0/>", "deliver", 0)


def test_the_same_that_is_meant_to_go_again_goes_once_and_only_where_its_state_permits_it(world: World) -> None:
    again = world.submission(1, sent=1, again=True)
    world.record(world.submission(1))
    assert world.record(again)[0].outcome == "duplicate"  # it is on its way
    world.tell(world.event(1, "HF", 1, message="M1-0"))
    assert world.record(world.submission(1, sent=1))[0].outcome == "duplicate"  # nobody has said that it is meant
    assert [(told.outcome, told.state) for told in world.record(again, again)] == [("revised", "D"), ("duplicate", "D")]
    (due,) = world.ledger.due("deliver", limit=10)  # the first one is answered
    assert due.cop_msg_id == "M1-1"


def test_what_the_audit_says_of_a_submission_is_written_with_it_or_not_at_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = AuditEntry("tester", "answer", number(1), {"why": "两份"})
    said = world.submission(1, audit=(entry,))
    with monkeypatch.context() as broken:
        broken.setattr(recording._Round, "_forget", _breaks)  # after the audit, before the end of the transaction
        with pytest.raises(InterruptedError):
            world.record(said)
    assert (_rows(world), world.ledger.audit_rows()) == ({}, [])
    assert [told.outcome for told in world.record(said, said)] == ["accepted", "duplicate"]
    assert [(row.actor, row.act, row.subject) for row in world.ledger.audit_rows()] == [("tester", "answer", number(1))]


def _breaks(*_: object, **__: object) -> None:
    raise InterruptedError


def test_a_batch_that_breaks_in_the_middle_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "_outbox_row", _breaks)  # documents, events, bodies and messages are written by then
    with pytest.raises(InterruptedError):
        world.record(*(world.submission(serial) for serial in range(64)))
    assert _rows(world) == {}


def test_the_same_again_is_a_duplicate(world: World) -> None:
    world.record(world.submission(1))
    before = _rows(world)
    (again,) = world.record(replace(world.submission(1), number=number(7)))
    assert (again.outcome, again.number, again.state) == ("duplicate", number(1), "D")
    assert _rows(world) == before


def test_the_same_reference_twice_in_one_batch(world: World) -> None:
    told = world.record(world.submission(1), world.submission(2), world.submission(1))
    assert [each.outcome for each in told] == ["accepted", "accepted", "duplicate"]


def test_two_enterprises_may_use_one_reference(world: World) -> None:
    (other,) = world.ledger.add_enterprises([NewEnterprise("1108919039", "", "乙公司", "DXPENT1108919039")])
    theirs = world.submission(2, enterprise_id=other.id, reference="R1")
    assert [told.outcome for told in world.record(world.submission(1), theirs)] == ["accepted", "accepted"]


def test_a_draft_is_edited_and_then_sent(world: World) -> None:
    draft = world.submission(1, sent=None)
    assert [(t.outcome, t.state) for t in world.record(draft)] == [("accepted", "S")]
    assert [t.outcome for t in world.record(draft)] == ["duplicate"]
    assert [(t.outcome, t.state) for t in world.record(world.submission(1, "2", sent=None))] == [("revised", "S")]
    key = (world.enterprise.id, "R1")
    assert (world.ledger.known([key])[key].revision, world.ledger.known([key])[key].submissions) == (1, 0)
    # the same content as the draft, but now it goes
    assert [(t.outcome, t.state) for t in world.record(world.submission(1, "2"))] == [("revised", "D")]
    found = world.ledger.known([key])[key]
    assert (found.number, found.state, found.declaration, found.submissions) == (number(1), "D", "2", 1)


def test_other_content_is_a_revision_where_the_state_permits_it(world: World) -> None:
    world.record(world.submission(1))
    (refused,) = world.record(world.submission(1, "2", sent=1))
    assert (refused.outcome, refused.code, refused.state) == ("refused", "DECL_REFERENCE", "D")
    world.tell(world.event(1, "HF", 1, message="M1-0"))
    (revised,) = world.record(world.submission(1, "2", sent=1))
    assert (revised.outcome, revised.state, revised.submission) == ("revised", "D", 1)
    history = world.ledger.history(number(1))
    assert history and history.document.revision == 1
    submits = [event for event in history.events if event.what is What.ACT]
    assert [event.answers for event in submits] == [0, 2]  # the second answers HF, the document's second event
    assert [message.submission for message in history.messages] == [0, 1]


def test_a_reference_stands_for_one_thing(world: World) -> None:
    world.record(world.submission(1))
    world.tell(world.event(1, "HF", 1, message="M1-0"))
    before = _rows(world)
    other_number = world.submission(2, "2", reference="R1")
    other_kind = world.submission(1, "2", sent=1, kind="confirmation")
    for wrong in (other_number, other_kind):
        (told,) = world.record(wrong)
        assert (told.outcome, told.code, told.number) == ("refused", "DECL_REFERENCE", number(1))
    assert _rows(world) == before


def test_an_act_that_is_not_permitted_refuses_its_submission_only(world: World) -> None:
    world.record(world.submission(1))
    agree = _acting(world, 1, "R9", "agree")
    told = world.record(world.submission(2), agree, world.submission(3))
    assert [(each.outcome, each.code) for each in told] == [
        ("accepted", ""),
        ("refused", "BIZ_STATE"),
        ("accepted", ""),
    ]
    world.tell(world.event(1, "EW", 5, message="M1-0"))
    (agreed,) = world.record(agree)  # the refusal left no memory of the reference
    assert (agreed.outcome, agreed.number, agreed.state) == ("accepted", number(1), "EA")
    assert world.ledger.sent_counts([(world.enterprise.id, number(1), "confirmation")]) == {
        (world.enterprise.id, number(1), "confirmation"): 1
    }


def test_two_acts_on_one_document_in_a_batch_see_each_other(world: World) -> None:
    world.record(world.submission(1))
    world.tell(world.event(1, "EW", 5, message="M1-0"))
    told = world.record(_acting(world, 1, "R8", "agree"), _acting(world, 1, "R9", "agree"))
    assert [each.outcome for each in told] == ["accepted", "refused"]


def _acting(world: World, serial: int, reference: str, act: str):  # type: ignore[no-untyped-def]
    """A declaration of a kind without documents: it acts on one that exists."""
    acted = DocumentChange(number(serial), "application", 0, "", {}, Act(act, "20261121130000000", "小王"))
    out = replace(world.out(f"M-{reference}", f"{reference}.xml"), kind="confirmation")
    return world.submission(serial, act, reference=reference, kind="confirmation", documents=(acted,), message=out)


def test_what_nobody_declared_cannot_be_acted_upon(world: World) -> None:
    (told,) = world.record(_acting(world, 5, "R5", "agree"))
    assert (told.outcome, told.code) == ("refused", "BIZ_UNKNOWN")
    assert _rows(world) == {}


def test_a_new_reference_does_not_replace_what_another_declared(world: World) -> None:
    world.record(world.submission(1, sent=None))
    (told,) = world.record(world.submission(1, "2", sent=None, reference="R2"))
    assert (told.outcome, told.code) == ("refused", "DECL_REFERENCE")


def test_one_message_carries_an_application_and_its_certificates(world: World) -> None:
    world.record(world.submission(1, carried=3))
    sent = world.ledger.messages_sent(["M1-0", "M9"])
    certificates = tuple(number(10 + n, "C") for n in range(3))
    assert list(sent) == ["M1-0"] and sent["M1-0"].numbers == (number(1), *certificates)
    key = (world.enterprise.id, number(1))
    assert tuple(row.number for row in world.ledger.carried([key])[key]) == certificates
    assert world.ledger.messages_named([f"{number(1)}_0.xml"])[f"{number(1)}_0.xml"] == sent["M1-0"]
    assert world.ledger.messages_named([f"{number(1)}_0.XML"]) == {}


def test_the_same_content_under_another_reference(world: World) -> None:
    first = world.submission(1, "the same")
    world.record(first)
    key = (world.enterprise.id, "application", first.content_sha256)
    assert world.ledger.repeats([key], since=world.clock.now()) == {key: number(1)}
    assert world.ledger.repeats([key], since=world.clock.now() + 1) == {}
    assert world.ledger.repeats([(key[0], "other", key[2])], since=0) == {}


def test_threads_with_one_reference_make_one_document(world: World) -> None:
    others = [world.open() for _ in range(4)]
    start, told = threading.Barrier(4), []

    def submit(serial: int) -> None:
        start.wait()
        told.extend(others[serial].record([world.submission(serial, "the same", reference="R")]))

    threads = [threading.Thread(target=submit, args=(serial,)) for serial in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.close()
    assert sorted(each.outcome for each in told) == ["accepted"] + ["duplicate"] * 3
    assert len({each.number for each in told}) == 1
    assert len(world.ledger.documents()) == 1


def test_processes_with_one_reference_make_one_document(world: World) -> None:
    command = [sys.executable, "-m", "tests.ledger.submitting", world.url, "same"]
    running = [
        subprocess.Popen([*command, str(serial)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
        for serial in range(3)
    ]
    told = sorted(process.communicate(timeout=60)[0].strip() for process in running)
    assert told == ["accepted", "duplicate", "duplicate"]
    assert len(world.ledger.documents()) == 1


def test_serials_are_reserved_once(world: World) -> None:
    assert world.ledger.reserve("A", 2026, 3) == range(1, 4)
    assert world.ledger.reserve("A", 2026, 2) == range(4, 6)
    assert world.ledger.reserve("A", 2027, 1) == range(1, 2)
    taken: list[int] = []
    others = [world.open() for _ in range(4)]
    threads = [
        threading.Thread(target=lambda o=other: [taken.extend(o.reserve("T", 0, 5)) for _ in range(10)])  # type: ignore[misc]
        for other in others
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in others:
        other.close()
    assert sorted(taken) == list(range(1, 201))


def test_enterprises_are_added_once(world: World) -> None:
    added = world.ledger.add_enterprises(
        [NewEnterprise("1108919038", "", "新名", "X"), NewEnterprise("", "91110108", "丙", "Y")]
    )
    assert [(e.name, e.code, e.uscc) for e in added] == [("甲公司", "1108919038", ""), ("丙", "", "91110108")]
    assert world.ledger.enterprises() == [world.enterprise, added[1]]


def test_a_batch_needs_a_handful_of_statements(world: World) -> None:
    """Statements a batch, not a row: 64 submissions take as many as one."""
    from sqlalchemy import event

    said: list[str] = []
    engine = world.ledger._transactions.engine
    event.listen(engine, "before_cursor_execute", lambda *args: said.append(args[2].split(None, 2)[0]))
    world.record(world.submission(1000))
    one, said[:] = len(said), []
    world.record(*(world.submission(serial) for serial in range(64)))
    assert len(said) <= one + 5  # PostgreSQL gives long inserts with RETURNING in pages
    said.clear()
    world.tell_all([[world.event(serial, "HS", 1, message=f"M{serial}-0")] for serial in range(64)])
    assert said.count("SELECT") <= 8
