"""Customs' memory: rows are held until a transaction ends, and what is held is never another truth than what is stored."""

from datetime import timedelta

import pytest

from simulator.rows import Case, Entry, Letter, Post, Step, Taken
from simulator.store import Store

SENDER = "DXPENT1108919038"


@pytest.fixture
def stores(tmp_path):
    """Two connections to one file."""
    both = Store(tmp_path / "s.db"), Store(tmp_path / "s.db")
    yield both
    for store in both:
        store.close()


def one_of_each(store, number):
    """A row in every table that a message touches."""
    cause = store.add_taken(Taken("r/CertOut", f"{number}.xml", "0" * 64, 1, "0", SENDER, f"id {number}"))
    store.add_seen(cause)
    store.add_moods(cause.id, ["twice"])
    store.save_case(
        Case(SENDER, number, "blank_certificate_application", 1, "SS", cause.id, content={"remark": "备注"})
    )
    store.advance(SENDER, number, 5)
    store.add_steps([Step(2, SENDER, number, "HS", cause.id)])
    store.note(Entry(SENDER, number, 3, "SS"))
    store.add_letters([Letter(4, SENDER, number, "statement")])
    store.add_posts([Post(5, "r/CertIn", f"Receipt_{number}.xml", b"<a/>", cause.id)])
    store.count("file", 3)
    store.next_free("series", 7)
    return cause


def seen_by(store):
    with store.transaction():
        return (
            store.cases(), store.open_steps(), store.last_entries(SENDER, 0, 9), store.due_letters(9, 9), store.due_posts(9, 9),
            store.counted("file"), store.seen(SENDER, "id B1"), store.seen(SENDER, "id B2"), store.next_free("series", 7),
        )  # fmt: skip


def test_a_part_that_fails_leaves_nothing(stores):
    one, other = stores
    with one.transaction():
        one_of_each(one, "B1")
        with pytest.raises(ZeroDivisionError), one.part():
            one_of_each(one, "B2")
            one.save_case(Case(SENDER, "B1", "k", 1, "HT", 1))
            raise ZeroDivisionError
        assert one.case(SENDER, "B1").state == "SS" and one.case(SENDER, "B1").stated == 5
        with one.part():
            one_of_each(one, "B3")
    cases, steps, entries, letters, posts, counted, first, second, free = seen_by(other)
    assert [case.number for case in cases] == ["B1", "B3"]
    assert [row.number for row in (*steps, *entries, *letters)] == ["B1", "B3"] * 3
    assert [post.name for post in posts] == ["Receipt_B1.xml", "Receipt_B3.xml"]
    assert (counted, first, second, free) == (6, ("0" * 64, 1), None, 9)
    assert other.taking(1).moods == ("twice",)


def test_a_transaction_that_fails_leaves_nothing_held(stores):
    one, _ = stores
    with pytest.raises(ZeroDivisionError), one.transaction():
        one_of_each(one, "B1")
        raise ZeroDivisionError
    with one.transaction():
        assert one.case(SENDER, "B1") is None and one.counted("file") == 0
        assert one_of_each(one, "B2").id == 1


def test_what_another_writes_is_known(stores):
    one, other = stores
    with one.transaction():
        cause = one_of_each(one, "B1")
    with other.transaction():
        other.save_case(Case(SENDER, "B1", "k", 1, "HT", cause.id, content={"remark": "另"}))
        assert other.add_taken(Taken("r", "n", "1", 1, "0", SENDER)).id == 2
        other.count("file")
    assert one.case(SENDER, "B1").state == "HT"
    with one.transaction():
        assert one.case(SENDER, "B1").content == {"remark": "另"}
        assert one.counted("file") == 4
        assert one.add_taken(Taken("r", "m", "1", 1, "0", SENDER)).id == 3


def test_what_was_done_counts_before_it_is_written(stores):
    one, _ = stores
    with one.transaction():
        one_of_each(one, "B1")
    with one.transaction():
        [step] = one.due_steps(9, 9)
        one.end_step(step)
        assert one.performed(SENDER, "B1", "HS") == 1
    assert one.performed(SENDER, "B1", "HS") == 1 and one.due_steps(9, 9) == []


@pytest.mark.parametrize(
    ("bad", "error"),
    [(Step(2**63, SENDER, "B1", "HS", 1), OverflowError), (Step(1, SENDER, "B1", "\ud800", 1), UnicodeEncodeError),
     (Step(1, SENDER, "B1", "HS", 1, given={"x": object()}), TypeError)],
)  # fmt: skip
def test_what_cannot_be_written_is_refused_when_it_is_handed_over(stores, bad, error):
    one, _ = stores
    with one.transaction():
        one_of_each(one, "B1")
        with pytest.raises(error), one.part():
            one.add_steps([bad])
    assert len(one.open_steps()) == 1


def test_nothing_depends_on_what_is_remembered(make_world):
    """The same bytes, whether customs has just written what it asks for or has to read it."""
    knows, reads = make_world(file="1.db"), make_world(file="2.db")
    for world in (knows, reads):
        world.apply("#shuffle #twice #confirm #pdf", count=3)
        world.apply_blank("#storm")
        for _ in range(6):
            if world is reads:
                world.store._forget()
            world.look(timedelta(seconds=1))
        world.confirm("C20260000000000041", "1")
        world.look()
        if world is reads:
            world.store._forget()
        world.look(timedelta(days=1))
    assert knows.files() == reads.files()
    assert knows.customs.statement() == reads.customs.statement()


def test_a_long_outbox_is_not_listed_for_every_batch(world, monkeypatch):
    monkeypatch.setattr("simulator.taking.BATCH", 2)
    for n in range(7):
        world.apply_blank(number=f"B2026000000000002{n}")
    box, listed = world.customs.tools.roads["customs/CertOut"].outbox, []
    real = type(box).entries
    monkeypatch.setattr(type(box), "entries", lambda self: listed.append(self) or real(self))
    box.remove(box.entries()[3].name)  # gone between the listing and its turn
    listed.clear()
    world.look()
    assert len(world.sent()) == 6
    assert sum(one is box for one in listed) <= 3
