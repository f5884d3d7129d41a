"""Every mishap happens where the dice say so, the same for the same seed, and does what its name says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from channels import BoxName, ChannelError, MemoryChannel
from channels.chaos import LONGEST_WAIT, Chances, Chaos, Mishap, Planted
from channels.errors import Outlook

ITEMS = [(f"{n:02d}.xml", b"<a>%d</a>" % n * 10) for n in range(40)]


def world(**chances: float) -> tuple[Chaos, MemoryChannel]:
    real = MemoryChannel()
    return Chaos(real, Chances(seed=7, **chances)), real  # type: ignore[arg-type]


def there(real: MemoryChannel) -> dict[str, bytes]:
    box = real.box(BoxName.OUT)
    return {entry.name: box.read(entry.name, limit=1 << 20) for entry in box.entries()}


def met(chaos: Chaos, what: Mishap) -> list[str]:
    return [planted.name for planted in chaos.planted if planted.what is what]


def test_without_chances_it_is_the_channel_itself() -> None:
    chaos, real = world()
    assert chaos.box(BoxName.OUT).put_all(ITEMS) == [None] * len(ITEMS)
    assert there(real) == dict(ITEMS)
    assert [entry.name for entry in chaos.box(BoxName.OUT).entries()] == [name for name, _ in ITEMS]
    assert chaos.planted == []


def test_the_same_seed_tells_the_same_story() -> None:
    stories = []
    for seed in (1, 1, 2):
        chaos = Chaos(MemoryChannel(), Chances(seed, late=0.2, lost=0.1, twice=0.2, torn=0.2, shuffled=0.5, full=0.1))
        chaos.box(BoxName.OUT).put_all(ITEMS)
        chaos.box(BoxName.OUT).entries()
        stories.append(chaos.planted)
    assert stories[0] == stories[1] != stories[2]


def test_lost_is_said_to_be_there_and_never_comes() -> None:
    chaos, real = world(lost=0.2)
    assert chaos.box(BoxName.OUT).put_all(ITEMS) == [None] * len(ITEMS)
    lost = met(chaos, Mishap.LOST)
    assert lost and set(there(real)) == {name for name, _ in ITEMS} - set(lost)
    chaos.release()
    assert set(there(real)) & set(lost) == set()


def test_late_comes_some_calls_later() -> None:
    chaos, real = world(late=0.3)
    assert chaos.box(BoxName.OUT).put_all(ITEMS) == [None] * len(ITEMS)
    late = met(chaos, Mishap.LATE)
    assert late and set(there(real)) == {name for name, _ in ITEMS} - set(late)
    for _ in range(LONGEST_WAIT):
        chaos.box(BoxName.IN).entries()
    assert there(real) == dict(ITEMS)


def test_twice_comes_again_after_it_was_taken_away() -> None:
    chaos, real = world(twice=0.3)
    chaos.box(BoxName.OUT).put_all(ITEMS)
    twice = met(chaos, Mishap.TWICE)
    assert there(real) == dict(ITEMS)
    real.box(BoxName.OUT).remove_all([name for name, _ in ITEMS])
    chaos.release()
    assert twice and there(real) == {name: data for name, data in ITEMS if name in twice}


def test_torn_is_half_a_file_first() -> None:
    chaos, real = world(torn=0.3)
    chaos.box(BoxName.OUT).put_all(ITEMS)
    torn = met(chaos, Mishap.TORN)
    assert torn
    for name, data in ITEMS:
        assert there(real)[name] == (data[: len(data) // 2] if name in torn else data)
    chaos.release()
    assert there(real) == dict(ITEMS)


def test_shuffled_is_another_order_of_the_same() -> None:
    chaos, real = world(shuffled=1.0)
    real.box(BoxName.OUT).put_all(ITEMS)
    names = [entry.name for entry in chaos.box(BoxName.OUT).entries()]
    assert sorted(names) == [name for name, _ in ITEMS] != names
    assert met(chaos, Mishap.SHUFFLED) == [""]


def test_full_is_told_and_nothing_of_it_is_there() -> None:
    chaos, real = world(full=0.3)
    results = dict(zip([name for name, _ in ITEMS], chaos.box(BoxName.OUT).put_all(ITEMS), strict=True))
    full = met(chaos, Mishap.FULL)
    assert full == [name for name, error in results.items() if error]
    assert full and {results[name].code for name in full} == {"SYS_DISK"}  # type: ignore[union-attr]
    assert set(there(real)) == {name for name, _ in ITEMS} - set(full)


def test_a_cut_put_was_done_and_does_not_say_so() -> None:
    chaos, real = world(cut=1.0)
    results = chaos.box(BoxName.OUT).put_all(ITEMS)
    assert {error.outlook for error in results if error} == {Outlook.LOOK} and None not in results
    assert there(real) == dict(ITEMS)
    assert chaos.planted == [Planted(Mishap.CUT, "OutBox")]


def test_a_cut_removal_was_done_or_not() -> None:
    chaos, real = world(cut=1.0)
    real.box(BoxName.OUT).put_all(ITEMS)
    for error in chaos.box(BoxName.OUT).remove_all([name for name, _ in ITEMS]):
        assert error is not None and error.code == "CHANNEL_CONNECTION"
    assert 0 < len(there(real)) < len(ITEMS)


@pytest.mark.parametrize("act", ["entries", "read", "move"])
def test_whatever_is_asked_may_be_cut(act: str) -> None:
    chaos, real = world(cut=1.0)
    real.box(BoxName.OUT).put_all(ITEMS)
    box = chaos.box(BoxName.OUT)
    acts = {
        "entries": box.entries,
        "read": lambda: box.read("01.xml", limit=999),
        "move": lambda: box.move("01.xml", to=chaos.box(BoxName.SENT).sub("20261121")),
    }
    with pytest.raises(ChannelError, match="CHANNEL_CONNECTION"):
        acts[act]()


def test_every_mishap_has_its_chance_and_happens() -> None:
    certain = Chances(**{what.value: 1.0 for what in Mishap})  # type: ignore[arg-type]
    for what in Mishap:
        alone = replace(Chances(), **{what.value: getattr(certain, what.value)})
        chaos = Chaos(MemoryChannel(), alone)
        chaos.box(BoxName.OUT).put_all(ITEMS)
        assert met(chaos, what), what
