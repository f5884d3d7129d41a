"""kill -9 in the middle of record(): what was acknowledged is there, and nothing is there by half (P1, F01, F02)."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import text

from tests.ledger.submitting import BATCH
from tests.ledger.world import World

KILLS = 10
_HALVES = (  # what a transaction that was cut in two would have left
    "SELECT count(*) FROM document d WHERE d.event_count <> (SELECT count(*) FROM event e WHERE e.document_id = d.id)",
    "SELECT count(*) FROM document d WHERE NOT EXISTS (SELECT 1 FROM carries c WHERE c.document_id = d.id)",
    "SELECT count(*) FROM document d WHERE NOT EXISTS (SELECT 1 FROM notice n WHERE n.document_id = d.id)",
    "SELECT count(*) FROM message m WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.message_id = m.id)",
    "SELECT count(*) FROM message m WHERE NOT EXISTS (SELECT 1 FROM body b WHERE b.id = m.body_id)",
    "SELECT count(*) FROM seen_reference r WHERE NOT EXISTS (SELECT 1 FROM document d WHERE d.number = r.number)",
)


def test_what_was_acknowledged_survives_kill_9(world: World) -> None:
    random.seed(9)
    acknowledged: list[str] = []
    for kill in range(KILLS):
        acknowledged += _killed(world.url, kill * 100_000)
        numbers = {row.number for row in world.ledger.documents()}
        assert set(acknowledged) <= numbers
        assert len(numbers) % (2 * BATCH) == 0  # whole batches only: each application has its certificate
    assert len(acknowledged) >= KILLS * BATCH
    with world.ledger._transactions.reading() as connection:
        assert [connection.scalar(text(half)) for half in _HALVES] == [0] * len(_HALVES)
    counts = world.ledger.counts()
    assert sum(counts.documents.values()) == len(numbers) and counts.stages == {"deliver": len(numbers) // 2}
    assert world.ledger.refold() == [] and world.ledger.broken() == []


def _killed(url: str, first: int) -> list[str]:
    """The numbers that a submitting process acknowledged before it was killed, some time after its first batch."""
    command = [sys.executable, "-m", "tests.ledger.submitting", url, "for-ever", str(first)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    assert process.stdout
    said = process.stdout.readline()
    time.sleep(random.uniform(0, 0.1))
    process.kill()
    said += process.stdout.read()
    process.stdout.close()
    process.wait()
    return [word for line in said.splitlines(keepends=True) if line.endswith("\n") for word in line.split()]
