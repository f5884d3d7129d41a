"""The contract of a box, on every wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from channels import ChannelError, customs, enterprise
from channels.box import WAVE, BoxName, Entry

if TYPE_CHECKING:
    from tests.channels.conftest import Wire


def names(box) -> list[str]:
    return [entry.name for entry in box.entries()]


def codes(results) -> list[str]:
    return [result.code if result else "" for result in results]


def test_what_is_put_is_listed_and_read(wire: Wire) -> None:
    assert wire.inbox.put_all([("a.xml", b"one"), ("b.xml", b"two")]) == [None, None]
    assert {(e.name, e.size) for e in wire.inbox.entries()} == {("a.xml", 3), ("b.xml", 3)}
    assert wire.inbox.read("b.xml", limit=3) == b"two"


def test_put_takes_nothing_many_and_more_than_a_wave(wire: Wire) -> None:
    assert wire.inbox.put_all([]) == []
    items = [(f"{n:04d}.xml", b"%d" % n) for n in range(2 * WAVE + 1)]
    assert wire.inbox.put_all(items) == [None] * len(items)
    assert sorted(names(wire.inbox)) == [name for name, _ in items]


def test_the_same_bytes_under_the_same_name_are_success(wire: Wire) -> None:
    assert wire.inbox.put_all([("a.xml", b"one")]) == [None]
    assert wire.inbox.put_all([("a.xml", b"one")]) == [None]
    assert wire.inbox.put_all([("b.xml", b"two"), ("b.xml", b"two")]) == [None, None]


def test_other_bytes_under_the_same_name_are_a_conflict_and_the_first_stay(wire: Wire) -> None:
    results = wire.inbox.put_all([("a.xml", b"one"), ("a.xml", b"two"), ("b.xml", b"three")])
    assert codes(results) == ["", "CHANNEL_CONFLICT", ""]
    assert "a.xml" in results[1].zh
    assert wire.inbox.read("a.xml", limit=9) == b"one"
    assert sorted(names(wire.inbox)) == ["a.xml", "b.xml"]


@pytest.mark.parametrize("torn", [b"", b"on"])
def test_a_torn_file_is_replaced_only_when_it_is_our_own(wire: Wire, torn: bytes) -> None:
    wire.plant("a.xml", torn)
    assert codes(wire.inbox.put_all([("a.xml", b"one")])) == ["CHANNEL_CONFLICT"]
    assert wire.inbox.read("a.xml", limit=9) == torn
    assert wire.inbox.put_all([("a.xml", b"one")], own_torn=True) == [None]
    assert wire.inbox.read("a.xml", limit=9) == b"one"


@pytest.mark.parametrize("whole", [b"one more", b"onX", b"xxx"])
def test_a_file_that_is_no_prefix_of_ours_is_never_replaced(wire: Wire, whole: bytes) -> None:
    wire.plant("a.xml", whole)
    assert codes(wire.inbox.put_all([("a.xml", b"one")], own_torn=True)) == ["CHANNEL_CONFLICT"]
    assert wire.inbox.read("a.xml", limit=9) == whole


def test_entries_come_by_time_and_then_by_name(wire: Wire) -> None:
    for name, age in (("c.xml", 1), ("a.xml", 3), ("d.xml", 2), ("b.xml", 2)):
        wire.plant(name, b"x", age=age)
    assert names(wire.inbox) == ["c.xml", "b.xml", "d.xml", "a.xml"]
    assert wire.inbox.entries()[0] == Entry("c.xml", 1, 10**9)


TEMPORARY = [
    "a.xml.Temp", "a.TEMP", "a.tmp", "a.xml.part", "a.Partial", "a.filepart", "a.xml~", ".a.xml", "~$a.xlsx",
    "a.crdownload", ".nfs0001",
]  # fmt: skip


def test_temporary_and_hidden_names_are_neither_listed_nor_strange(wire: Wire) -> None:
    for name in TEMPORARY:
        wire.plant(name, b"x")
    assert wire.inbox.entries() == []
    assert wire.inbox.strange() == []
    assert wire.inbox.tame() == []


HOSTILE = [
    "../a.xml", "/etc/a.xml", "a/b.xml", "..", ".", "", "a\\b.xml", "C:a.xml", "a\x00.xml", "a\nb.xml", "a\x1b[2J.xml",
    "a\x7f.xml", "a\x85.xml", "\u202egpj.xml", "a\u200b.xml", "a\udc80.xml", "a\u2028.xml", "NUL", "con.xml", "COM1.tar.xml",
    "a.xml ", "a.xml.", "a?.xml", "a*.xml", "a|b.xml", "a<b.xml", 'a".xml', "x" * 251, "证" * 84, "a.xml:stream", ".ssh",
    "a.tmp",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_reaches_nothing(wire: Wire, name: str) -> None:
    assert codes(wire.inbox.put_all([(name, b"x"), ("good.xml", b"y")])) == ["FILE_NAME", ""]
    wire.plant("a.xml", b"x")
    for act in (
        lambda: wire.inbox.read(name, limit=9),
        lambda: wire.inbox.remove(name),
        lambda: wire.inbox.move(name, to=wire.out),
        lambda: wire.inbox.sub(name),
    ):
        with pytest.raises(ChannelError) as refused:
            act()
        assert refused.value.code == "FILE_NAME"
        assert refused.value.zh.isprintable()
    if name:
        with pytest.raises(ChannelError, match="FILE_NAME"):
            wire.inbox.move("a.xml", to=wire.out, as_name=name)
    assert sorted(names(wire.inbox)) == ["a.xml", "good.xml"]


@pytest.mark.parametrize(
    "name", ["a.xml", "拟证出证 2026（一）.xlsx", "x" * 250, "证" * 83, "a.b-c_d+e=f.xml", "a　b.json"]
)
def test_an_honest_name_is_taken(wire: Wire, name: str) -> None:
    assert wire.inbox.put_all([(name, b"x")]) == [None]
    assert wire.inbox.read(name, limit=1) == b"x"


def test_a_file_with_an_unlawful_name_is_told_and_kept_under_one_of_ours(wire: Wire) -> None:
    wire.plant("evil\nname\x1b.xml", b"payload")
    assert wire.inbox.entries() == []
    assert wire.inbox.strange() == [("evil\\nname\\x1b.xml", "name")]
    [(told, ours)] = wire.inbox.tame()
    assert told == "evil\\nname\\x1b.xml"
    assert wire.inbox.read(ours, limit=9) == b"payload"
    assert (names(wire.inbox), wire.inbox.strange(), wire.inbox.tame()) == ([ours], [], [])


def test_the_limit_holds_before_reading(wire: Wire) -> None:
    wire.plant("a.xml", b"12345")
    with pytest.raises(ChannelError) as refused:
        wire.inbox.read("a.xml", limit=4)
    assert refused.value.code == "FILE_TOO_BIG"
    assert refused.value.evidence == {"name": "a.xml", "size": 5, "limit": 4}
    assert wire.inbox.read("a.xml", limit=5) == b"12345"


def test_what_is_gone_is_unavailable_to_read_and_move_but_may_be_removed(wire: Wire) -> None:
    for act in (lambda: wire.inbox.read("a.xml", limit=9), lambda: wire.inbox.move("a.xml", to=wire.out)):
        with pytest.raises(ChannelError) as refused:
            act()
        assert refused.value.code == "CHANNEL_UNAVAILABLE"
    wire.inbox.remove("a.xml")


def test_move_takes_away_here_and_puts_there(wire: Wire) -> None:
    wire.plant("a.xml", b"one")
    wire.inbox.move("a.xml", to=wire.out)
    assert (names(wire.inbox), names(wire.out)) == ([], ["a.xml"])
    wire.out.move("a.xml", to=wire.inbox, as_name="b.xml")
    assert (names(wire.inbox), names(wire.out)) == (["b.xml"], [])
    assert wire.inbox.read("b.xml", limit=3) == b"one"


def test_move_onto_an_equal_file_is_success_and_onto_another_a_conflict(wire: Wire) -> None:
    wire.plant("a.xml", b"one", box=BoxName.OUT)
    wire.plant("a.xml", b"one")
    wire.inbox.move("a.xml", to=wire.out)
    assert (names(wire.inbox), names(wire.out)) == ([], ["a.xml"])
    wire.plant("a.xml", b"two")
    with pytest.raises(ChannelError, match="CHANNEL_CONFLICT"):
        wire.inbox.move("a.xml", to=wire.out)
    assert wire.inbox.read("a.xml", limit=9) == b"two"
    assert wire.out.read("a.xml", limit=9) == b"one"


def test_move_onto_itself_changes_nothing(wire: Wire) -> None:
    wire.plant("a.xml", b"one")
    wire.inbox.move("a.xml", to=wire.inbox)
    assert wire.inbox.read("a.xml", limit=9) == b"one"


def test_a_day_is_empty_until_something_comes(wire: Wire) -> None:
    sent = wire.channel.box(BoxName.SENT)
    assert sent.sub("20261121").entries() == []
    assert sent.sub("20261121").strange() == []
    wire.plant("a.xml", b"one", box=BoxName.OUT)
    wire.out.move("a.xml", to=sent.sub("20261121"))
    assert names(sent.sub("20261121")) == ["a.xml"]
    assert sent.sub("20261121").put_all([("b.xml", b"x")]) == [None]
    assert sent.sub("20261122").entries() == []
    assert (sent.entries(), sent.strange()) == ([], [])


def test_remove(wire: Wire) -> None:
    wire.plant("a.xml", b"one")
    wire.inbox.remove("a.xml")
    assert names(wire.inbox) == []


def test_many_are_read_at_once_each_with_its_own_end(wire: Wire) -> None:
    items = [(f"{n:03d}.xml", b"x" * n) for n in range(2 * WAVE + 1)]
    assert not any(wire.inbox.put_all(items))
    assert wire.inbox.read_all([name for name, _ in items], limit=200) == [data for _, data in items]
    mixed = wire.inbox.read_all(["001.xml", "gone.xml", "../a", "100.xml", "002.xml"], limit=99)
    assert [r if isinstance(r, bytes) else r.code for r in mixed] == [
        b"x", "CHANNEL_UNAVAILABLE", "FILE_NAME", "FILE_TOO_BIG", b"xx",
    ]  # fmt: skip
    assert wire.inbox.read_all([], limit=1) == []


def test_a_file_of_many_packets_travels_whole(wire: Wire) -> None:
    data = bytes(range(256)) * 5000 + b"end"
    assert wire.inbox.put_all([("big.xml", data), ("empty.xml", b"")]) == [None, None]
    assert wire.inbox.read_all(["big.xml", "empty.xml"], limit=2 << 20) == [data, b""]


def test_many_are_removed_at_once_and_what_is_gone_is_success(wire: Wire) -> None:
    wire.inbox.put_all([("a.xml", b"one"), ("b.xml", b"two"), ("c.xml", b"three")])
    assert codes(wire.inbox.remove_all(["a.xml", "gone.xml", "../c.xml", "b.xml"])) == ["", "", "FILE_NAME", ""]
    assert names(wire.inbox) == ["c.xml"]
    assert wire.inbox.remove_all([]) == []


def test_names_that_are_there_are_made_durable(wire: Wire) -> None:
    wire.plant("a.xml", b"one")
    wire.inbox.confirm()
    assert names(wire.inbox) == ["a.xml"]


def test_a_round_between_the_two_ends(wire: Wire) -> None:
    mine, theirs = enterprise(wire.channel), customs(wire.channel)
    assert mine.out.put_all([("a.xml", b"one")]) == [None]
    data = theirs.outbox.read("a.xml", limit=9)
    theirs.outbox.move("a.xml", to=theirs.sent("20261121"))
    assert theirs.inbox.put_all([("Receipt.xml", b"got " + data)]) == [None]
    assert [e.name for e in mine.sent("20261121").entries()] == ["a.xml"]
    assert mine.inbox.read("Receipt.xml", limit=9) == b"got one"
    mine.inbox.remove("Receipt.xml")
    assert (mine.inbox.entries(), mine.failbox.entries(), mine.out.entries()) == ([], [], [])
