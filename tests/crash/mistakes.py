"""Planted mistakes: what the kill loop must catch, or it shows nothing. Each changes one order of doing things."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from channels import Box
from inbox.collect import Collector
from ledger.rows import Due, NewArrival
from outbox.deliver import Deliverer, Delivery


def marked_before_put() -> None:
    """The row says delivered before the file is there."""

    def deliver(self: Deliverer, address: str, due: Sequence[Due]) -> Delivery:
        self._ledger.delivered([row.outbox_id for row in due])
        for row in due:
            self._roads[address].out.put_all([(row.file_name, row.body)], own_torn=True)
        return Delivery(len(due), len(due))

    Deliverer._deliver = deliver  # type: ignore[method-assign]


def cleared_before_commit() -> None:
    """A file is taken out of the channel before the ledger has it."""

    def batch(self: Collector, address: str, box_name: str, box: Box, entries: Sequence[object]) -> int:
        read = []
        for entry in entries:
            name = entry.name  # type: ignore[attr-defined]
            read.append(NewArrival(address, box_name, name, box.read(name, limit=1 << 20)))
            box.remove(name)
        self._ledger.arrive(read)
        return len(read)

    Collector._batch = batch  # type: ignore[assignment,method-assign]


MISTAKES: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "marked_before_put": marked_before_put,
    "cleared_before_commit": cleared_before_commit,
}
