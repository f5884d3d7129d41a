"""What a look at a channel tells: counts, ages, oddities, and errors as values."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from channels import BoxName, ChannelError, MemoryChannel
from channels.status import BoxStatus, ChannelStatus, status

if TYPE_CHECKING:
    from tests.channels.conftest import Wire

DAY = "20261121"


def test_counts_and_ages_of_every_box(wire: Wire) -> None:
    wire.plant("a.xml", b"one", age=100)
    wire.plant("b.xml", b"two", age=200)
    wire.plant("bad\nname.xml", b"three", age=50)
    wire.plant("c.xml", b"four", box=BoxName.OUT, age=150)
    wire.channel.box(BoxName.SENT).sub(DAY).put_all([("d.xml", b"five")])
    found = status(wire.channel, day=DAY)
    assert found.is_good
    assert {name: box.files for name, box in found.boxes.items()} == {
        BoxName.OUT: 1, BoxName.SENT: 1, BoxName.FAIL: 0, BoxName.IN: 2,
    }  # fmt: skip
    assert found.boxes[BoxName.IN].age(300 * 10**9) == 200.0
    assert found.oldest(300 * 10**9) == 200.0
    assert found.boxes[BoxName.IN].strange == (("bad\\nname.xml", "name"),)
    assert found.boxes[BoxName.FAIL].age(0) is None


def test_a_clock_that_is_behind_makes_no_age_below_zero(wire: Wire) -> None:
    wire.plant("a.xml", b"one", age=100)
    assert status(wire.channel, day=DAY).oldest(0) == 0.0


def test_a_box_that_cannot_be_looked_at_is_an_error_of_its_own(folder: Wire) -> None:
    shutil.rmtree(folder.inbox.path)  # type: ignore[attr-defined]
    found = status(folder.channel, day=DAY)
    assert found.error is not None and found.error.code == "CHANNEL_UNAVAILABLE"
    assert found.boxes[BoxName.IN].error is found.error
    assert found.boxes[BoxName.OUT].error is None


def test_the_gravest_error_speaks_for_the_channel() -> None:
    def box(code: str) -> BoxStatus:
        return BoxStatus(error=ChannelError(code))

    found = ChannelStatus(
        {
            BoxName.OUT: box("CHANNEL_CONNECTION"),
            BoxName.IN: box("CHANNEL_LOGIN"),
            BoxName.FAIL: box("CHANNEL_CONFLICT"),
        }
    )
    assert found.error is not None and found.error.code == "CHANNEL_LOGIN"


def test_a_stopped_channel_is_not_asked_four_times() -> None:
    class Stopped(MemoryChannel):
        asked = 0

        def box(self, name: BoxName):
            Stopped.asked += 1
            made = super().box(name)
            made.entries = self.refuse  # type: ignore[method-assign]
            return made

        def refuse(self):
            raise ChannelError("CHANNEL_LOGIN", host="h", user="u", detail="no")

    found = status(Stopped(), day=DAY)
    assert Stopped.asked == 1
    assert {box.error.code for box in found.boxes.values() if box.error} == {"CHANNEL_LOGIN"}
    assert set(found.boxes) == set(BoxName)
