"""Handing back: what customs answers to an enterprise that sends through us goes into its own boxes, byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from channels import ChannelError
from gateway.relay.desk import Desk
from ledger import Ledger
from ledger.rows import Forward

BATCH = 64


def hand_back(ledger: Ledger, desk: Desk) -> int:
    """Put what is due into the enterprise's InBox and FailBox. The same name with the same bytes is done already."""
    due = ledger.forwards(desk.tenant.id, BATCH)
    done: list[int] = []
    for (biz, box), group in groupby(due, key=lambda each: (each.biz, each.box)):
        done += _put(desk, biz, box, list(group))
    ledger.forwarded(done)
    return len(done)


def _put(desk: Desk, biz: str, box: str, files: Sequence[Forward]) -> list[int]:
    """Whose names are taken by something else are done too: the enterprise has that name, and the ledger has both."""
    boxes = desk.boxes_of(biz)
    if boxes is None:
        return []
    slot = boxes.fail if box == "FailBox" else boxes.inbox
    try:
        results = slot.put_all([(file.name, file.body) for file in files], own_torn=True)
    except ChannelError:  # the folder is gone or full: it waits
        return []
    return [
        file.arrival_id
        for file, problem in zip(files, results, strict=True)
        if problem is None or problem.code == "CHANNEL_CONFLICT"
    ]
