"""Unknown outcome, on a box that lies: nothing is lost, nothing leaves twice, and nothing is resent blindly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from channels import BoxName, ChannelError, Enterprise, Entry, MemoryChannel, customs, enterprise
from channels.memory import MemoryBox
from outbox.deliver import Deliverer
from parcel.names import OutName
from tests.ledger.world import World, number

ROAD, TODAY = "main/CertOut", "20261121"
NAME = OutName("CERTAPP", number(1), "20261121120000000", 0).text


def unknown() -> ChannelError:
    return ChannelError("CHANNEL_UNCONFIRMED", name=NAME, detail="连接中断")


@dataclass
class Liar:
    """An OutBox of which some puts raise: before anything happened, or after it had."""

    box: MemoryBox
    before: list[ChannelError] = field(default_factory=list)
    after: list[ChannelError] = field(default_factory=list)
    puts: list[str] = field(default_factory=list)
    confirmed: int = 0

    def put_all(self, items: Sequence[tuple[str, bytes]], *, own_torn: bool = False) -> list[ChannelError | None]:
        if self.before:
            raise self.before.pop()
        self.puts += [name for name, _ in items]
        results = self.box.put_all(items, own_torn=own_torn)
        if self.after:
            raise self.after.pop()
        return results

    def entries(self) -> list[Entry]:
        return self.box.entries()

    def strange(self) -> list[tuple[str, str]]:
        return self.box.strange()

    def read(self, name: str, *, limit: int) -> bytes:
        return self.box.read(name, limit=limit)

    def confirm(self) -> None:
        self.confirmed += 1


class Desk:
    """One message that is due, a channel whose OutBox lies, and customs' client."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.channel = MemoryChannel()
        self.liar = Liar(self.channel.box(BoxName.OUT))
        self.view: Enterprise = replace(enterprise(self.channel), out=self.liar)
        self.client = customs(self.channel)
        world.clock.tick(timedelta(seconds=-1))
        self.deliverer = Deliverer(world.ledger, {ROAD: self.view}, world.clock)
        world.clock.tick(timedelta(seconds=1))
        world.record(world.submission(1, message=world.out("M1", NAME)))

    def try_(self) -> int:
        return self.deliverer.road(ROAD).done

    def later(self) -> None:
        self.world.clock.tick(timedelta(hours=2))

    def take(self) -> None:
        """Customs' client takes what lies in OutBox."""
        for entry in self.client.outbox.entries():
            self.client.outbox.move(
                entry.name, to=self.client.sent(TODAY), as_name=f"{entry.name[:-4]}_20261121120001001.xml"
            )

    def restart(self) -> None:
        self.world.ledger.make_due("deliver")
        self.deliverer = Deliverer(self.world.ledger, {ROAD: self.view}, self.world.clock)

    @property
    def standing(self) -> str:
        rows = self.world.ledger.queue()
        return rows[0].standing if rows else "delivered"

    @property
    def copies(self) -> int:
        """How many files of ours exist anywhere in the channel."""
        boxes = (self.channel.box(BoxName.OUT), self.client.sent(TODAY), self.channel.box(BoxName.FAIL))
        return sum(len(box.entries()) for box in boxes)


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def test_a_put_that_says_nothing_wrong_is_not_looked_for(desk: Desk) -> None:
    assert (desk.try_(), desk.standing, desk.copies) == (1, "delivered", 1)


def test_a_put_that_raised_after_it_arrived_and_was_taken_is_not_made_again(desk: Desk) -> None:
    desk.liar.after = [unknown()]
    assert (desk.try_(), desk.standing) == (0, "unconfirmed")
    desk.take()
    desk.later()
    assert (desk.try_(), desk.standing, desk.copies) == (1, "delivered", 1)
    assert len(desk.liar.puts) == 1


def test_a_put_that_raised_after_it_arrived_and_still_lies_there_is_a_success(desk: Desk) -> None:
    desk.liar.after = [unknown()]
    assert desk.try_() == 0
    desk.later()
    assert (desk.try_(), desk.standing, desk.copies) == (1, "delivered", 1)


class TakenMeanwhile(Liar):
    """Customs' client takes what it lists, at one moment or another of a look."""

    def __init__(self, desk: Desk, *, after: str) -> None:
        super().__init__(desk.liar.box)
        self.desk, self.moment = desk, after

    def entries(self) -> list[Entry]:
        found = super().entries()
        if self.moment == "listing":
            self.desk.take()
        return found

    def read(self, name: str, *, limit: int) -> bytes:
        data = super().read(name, limit=limit)
        self.desk.take()
        return data


@pytest.mark.parametrize("after", ["listing", "reading"])
def test_what_is_taken_while_it_is_looked_for_is_not_put_again(desk: Desk, after: str) -> None:
    desk.liar.after = [unknown()]
    assert desk.try_() == 0
    desk.later()
    taken = TakenMeanwhile(desk, after=after)
    desk.deliverer = Deliverer(desk.world.ledger, {ROAD: replace(desk.view, out=taken)}, desk.world.clock)
    assert (desk.try_(), desk.copies, taken.puts) == (1, 1, [])


def test_what_is_found_in_outbox_is_made_durable_before_it_counts(desk: Desk) -> None:
    """Whoever put it may have died between the name and its sync."""
    desk.liar.after = [unknown()]
    desk.try_()
    desk.later()
    assert (desk.try_(), desk.liar.confirmed, len(desk.liar.puts)) == (1, 1, 1)


def test_a_put_that_raised_before_anything_happened_is_made_again(desk: Desk) -> None:
    desk.liar.before = [unknown()]
    assert (desk.try_(), desk.standing, desk.copies) == (0, "unconfirmed", 0)
    desk.later()
    assert (desk.try_(), desk.standing, desk.copies) == (1, "delivered", 1)


def test_an_answer_that_is_lost_is_found_in_failbox_too(desk: Desk) -> None:
    desk.liar.after = [unknown()]
    desk.try_()
    desk.client.outbox.move(NAME, to=desk.client.fail)
    desk.later()
    assert (desk.try_(), desk.copies, len(desk.liar.puts)) == (1, 1, 1)


def test_a_kill_between_put_and_record_is_looked_for_at_the_restart(desk: Desk) -> None:
    """Nobody had time to say that the outcome is unknown: what was due before the start may have arrived."""
    body = desk.world.ledger.message_body("M1")
    assert body is not None
    desk.liar.box.put_all([(NAME, body)])
    desk.take()
    desk.restart()
    assert (desk.try_(), desk.standing, desk.copies, desk.liar.puts) == (1, "delivered", 1, [])


def test_other_bytes_under_its_name_are_a_conflict_for_a_person(desk: Desk) -> None:
    desk.liar.after = [unknown()]
    desk.try_()
    desk.liar.box.remove(NAME)
    desk.client.sent(TODAY).put_all([(NAME, b"<other/>")])
    desk.later()
    assert (desk.try_(), desk.standing) == (0, "parked")
    (row,) = desk.world.ledger.queue()
    assert row.error.startswith("CHANNEL_CONFLICT")


@pytest.mark.parametrize("where", [lambda view: view.sentbox, lambda view: view.failbox])
def test_where_nobody_can_look_nothing_is_put(
    desk: Desk, where: Callable[[Enterprise], MemoryBox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never a blind resend."""
    desk.liar.after = [unknown()]
    desk.try_()
    desk.take()
    desk.later()
    blind = where(desk.view)

    def entries() -> list[Entry]:
        raise ChannelError("CHANNEL_UNAVAILABLE", detail="无法列目录")

    with monkeypatch.context() as patch:
        patch.setattr(blind, "entries", entries)
        assert (desk.try_(), desk.standing) == (0, "unconfirmed")
    assert len(desk.liar.puts) == 1 == desk.copies
    desk.later()
    assert (desk.try_(), desk.standing, desk.copies) == (1, "delivered", 1)


def test_a_replay_is_put_again_although_the_first_copy_lies_in_sentbox(desk: Desk) -> None:
    desk.try_()
    desk.take()
    desk.world.ledger.replay([number(1)], actor="小王")
    assert (desk.try_(), desk.liar.puts) == (1, [NAME, NAME])


def test_a_replay_that_was_killed_in_the_middle_is_not_made_twice(desk: Desk) -> None:
    """reliability F63: claimed, put, and killed before the row said so."""
    desk.try_()
    desk.take()
    desk.world.ledger.replay([number(1)], actor="小王")
    (row,) = desk.world.ledger.due("deliver", limit=9)
    desk.world.ledger.claim([row.outbox_id])
    desk.liar.box.put_all([(NAME, row.body)])
    desk.liar.puts.append(NAME)
    desk.take()
    desk.restart()
    assert (desk.try_(), desk.standing) == (1, "delivered")
    assert desk.liar.puts == [NAME, NAME]
