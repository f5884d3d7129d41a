"""Conservation: every file that came is in one of three places, and what is lost shows."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from ledger.engine import connect
from ledger.rows import Conservation, Decision, Settlement
from tests.ledger.world import World

LOSSES = {
    "DELETE FROM arrival WHERE id = 3": "arrival held: 1 counted, 0 there",
    "UPDATE arrival SET status = 'understood' WHERE status = 'new'": "arrival new: 1 counted, 0 there",
    "UPDATE arrival SET reason = '' WHERE status = 'held'": "arrivals put aside without a reason: 1",
    "DELETE FROM outbox": "messages out of no queue: 1",
    "UPDATE outbox SET due_at = NULL": "queued for nothing: 1",
    "DELETE FROM carries": "messages that carry nothing: 1",
}


@pytest.fixture
def busy(world: World) -> World:
    """One file of each end, and a message on its way."""
    world.record(world.submission(1))
    a, b, c, d, _ = world.arrive(b"<a/>", b"<b/>", b"<c/>", b"<d/>", b"<e/>")
    world.ledger.settle(
        [
            Settlement(a.id, "understood", events=(world.event(1, "HS", 1),)),
            Settlement(b.id, "quarantined", "XML_NOTWF: x"),
            Settlement(c.id, "held", "RCP_ORPHAN: x"),
            Settlement(d.id, "held", "RCP_ORPHAN: x"),
        ]
    )
    world.ledger.decide([Decision(d.id, "discard", "不要", "小王")])
    return world


def test_every_file_is_processed_or_quarantined_or_waits(busy: World) -> None:
    assert busy.ledger.conservation() == Conservation(5, processed=2, quarantined=1, waiting=2)
    assert busy.ledger.conservation().holds
    assert busy.ledger.counts().conservation == {"in": 5, "processed": 2, "quarantined": 1, "waiting": 2}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_shows(busy: World, loss: str) -> None:
    engine = connect(busy.url)
    with engine.begin() as connection:
        if "outbox" in loss and loss.startswith("DELETE"):
            connection.execute(text("DELETE FROM attempt"))
        connection.execute(text(loss))
    engine.dispose()
    told = busy.ledger.conservation()
    assert not told.holds and LOSSES[loss] in told.lost
