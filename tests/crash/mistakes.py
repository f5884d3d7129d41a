"""Planted mistakes: what a machine must catch, or it shows nothing (reliability 5). Each changes one order of doing things.

They are laid into the process that does the work, at the doors between rooms, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import select

from channels.folder_box import FolderBox
from gateway.worker import Worker
from ledger import Ledger, arriving, recording
from ledger.life import Life
from ledger.statements import digest, put_bodies
from ledger.tables import arrival, message
from signing.sign import seal

Window = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Mistake:
    """plant: in the child; it calls what it is given in the middle of its window. submitting: it lies in `submit`."""

    says: str
    plant: Callable[[Window], None]
    submitting: bool = False


def marked_before_put(window: Window) -> None:
    put_all, delivered = FolderBox.put_all, Ledger.delivered
    held: list[Callable[[], Any]] = []

    def put_later(self: FolderBox, items: Sequence[tuple[str, bytes]], *, own_torn: bool = False) -> list[Any]:
        if self.path.name != "OutBox":
            return put_all(self, items, own_torn=own_torn)
        held.append(partial(put_all, self, list(items), own_torn=own_torn))
        return [None] * len(items)

    def mark(self: Ledger, outbox_ids: Sequence[int]) -> None:
        delivered(self, outbox_ids)
        window()
        while held:
            held.pop()()

    FolderBox.put_all = put_later  # type: ignore[method-assign]
    Ledger.delivered = mark  # type: ignore[method-assign]


def cleared_before_commit(window: Window) -> None:
    read = FolderBox.read

    def take(self: FolderBox, name: str, *, limit: int) -> bytes:
        data = read(self, name, limit=limit)
        if self.path.name == "InBox":
            self.remove(name)
            window()
        return data

    FolderBox.read = take  # type: ignore[method-assign]


def new_id_on_resend(window: Window) -> None:
    """What waits to be delivered when a worker starts gets a new message id, and with it a new name and a new seal."""
    make, delivered = Worker.__init__, Ledger.delivered

    def renewed(self: Worker, home: Any) -> None:
        renew(home)
        make(self, home)

    def later(self: Ledger, outbox_ids: Sequence[int]) -> None:
        window()
        delivered(self, outbox_ids)

    Worker.__init__ = renewed  # type: ignore[method-assign]
    Ledger.delivered = later  # type: ignore[method-assign]


def renew(home: Any) -> None:
    for row in home.ledger.due("deliver", limit=1000):
        fresh = f"{int(row.cop_msg_id[-10:]) + 500_000_000:010d}"
        id_ = row.cop_msg_id[:-10] + fresh
        stamp = re.search(r"_(\d{17})_t-", row.file_name)
        assert stamp
        name = row.file_name.replace(stamp[1], str(int(stamp[1]) + 1))
        bare = re.sub(rb"<ds:Signature .*</ds:Signature>", b"", row.body, flags=re.DOTALL)
        bare = bare.partition(b"?>\n")[2].replace(row.cop_msg_id.encode(), id_.encode())
        node = next(t.node_id for t in home.tenants.values() if t.id == row.enterprise_id)
        (body,) = seal([bare], signer=home.signer(node))
        with home.ledger._writing() as connection:
            ids = put_bodies(connection, {digest(body): body})
            values = {"cop_msg_id": id_, "file_name": name, "sha256": digest(body), "body_id": ids[digest(body)]}
            connection.execute(message.update().where(message.c.id == row.message_id).values(values))


def receipts_applied_twice(window: Window) -> None:
    """No inbox check: a file that was seen before is another arrival, and an event that is there is added again."""
    arrive, remove = arriving.arrive, FolderBox.remove

    def later(self: FolderBox, name: str) -> None:
        window()
        remove(self, name)

    def anew(connection: Any, files: Sequence[Any], *, now: int) -> Any:
        known = set(connection.scalars(select(arrival.c.name)))
        return arrive(connection, [replace(f, box=f"{f.box} again") if f.name in known else f for f in files], now=now)

    FolderBox.remove = later  # type: ignore[method-assign]
    arriving.arrive = anew
    Life._identities = property(lambda _: set())  # type: ignore[assignment,method-assign]


def two_transactions(window: Window) -> None:
    """Documents are committed first, and what is to be sent afterwards."""
    send = recording._Round._send

    def later(self: Any, *given: Any) -> Any:
        self.connection.exec_driver_sql("COMMIT")
        window()
        self.connection.exec_driver_sql("BEGIN IMMEDIATE")
        return send(self, *given)

    recording._Round._send = later  # type: ignore[method-assign]


MISTAKES: dict[str, Mistake] = {
    "marked_before_put": Mistake("the row says delivered before the file is there", marked_before_put),
    "new_id_on_resend": Mistake("a resend gets a new message id", new_id_on_resend),
    "cleared_before_commit": Mistake("a receipt's file is removed before the ledger has it", cleared_before_commit),
    "receipts_applied_twice": Mistake("no inbox check", receipts_applied_twice),
    "two_transactions": Mistake("document and outbox row in two transactions", two_transactions, submitting=True),
}
