"""A file that is streamed is whole when it stood still in two looks, 1.5 s apart on the monotonic clock (B05)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from channels import Settled

if TYPE_CHECKING:
    from tests.channels.conftest import Wire


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_file_is_shown_after_standing_still(wire: Wire) -> None:
    clock = Clock()
    box = Settled(wire.inbox, monotonic=clock)
    wire.plant("a.xml", b"on")
    assert (box.entries(), box.unsettled()) == ([], 1)
    clock.now += 1.4
    assert (box.entries(), box.unsettled()) == ([], 1)
    clock.now += 0.1
    assert ([e.name for e in box.entries()], box.unsettled()) == (["a.xml"], 0)
    assert box.read("a.xml", limit=9) == b"on"


def test_a_change_of_size_or_of_time_starts_anew(wire: Wire) -> None:
    clock = Clock()
    box = Settled(wire.inbox, monotonic=clock)
    for data, age in ((b"o", 1), (b"on", 1), (b"no", 2)):
        wire.plant("a.xml", data, age=age)
        assert (box.entries(), box.unsettled()) == ([], 1)
        clock.now += 1.5
    wire.plant("b.xml", b"x")
    assert ([e.name for e in box.entries()], box.unsettled()) == (["a.xml"], 1)


def test_a_file_that_went_and_came_back_begins_again(wire: Wire) -> None:
    clock = Clock()
    box = Settled(wire.inbox, monotonic=clock)
    wire.plant("a.xml", b"x")
    box.entries()
    box.remove("a.xml")
    clock.now += 2
    assert (box.entries(), box.unsettled()) == ([], 0)
    wire.plant("a.xml", b"x")
    assert (box.entries(), box.unsettled()) == ([], 1)


def test_everything_else_is_the_boxes_own(wire: Wire) -> None:
    box = Settled(wire.inbox, monotonic=Clock())
    assert box.put_all([("a.xml", b"one")]) == [None]
    box.move("a.xml", to=Settled(wire.out))
    assert wire.out.read("a.xml", limit=3) == b"one"
    wire.plant("b\n.xml", b"x")
    assert box.strange() == [("b\\n.xml", "name")]
    assert len(box.tame()) == 1
    assert box.sub("20261121").entries() == []
