"""Sealing what was recorded without its key at hand: the worker does it when the key is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ledger import Ledger
from ledger.rows import Due, Sealed
from outbox.retry import deferral
from parcel.attachment import Attachment
from parcel.package.pack import packed
from signing.errors import KeyUnavailable, SigningError
from signing.sign import Signer, seal

PATIENCE = 6  # steps of the ladder: at the longest every 16 minutes


def seal_due(
    ledger: Ledger, *, signer_of: Callable[[Due], Signer | None], now: Callable[[], int], limit: int = 64
) -> int:
    """Seal what is due, one list for each signer. Returns how many were sealed; without a key they wait, unsealed."""
    groups: dict[int, tuple[Signer | None, list[Due]]] = {}
    for row in ledger.due("seal", limit=limit):
        groups.setdefault(row.enterprise_id, (signer_of(row), []))[1].append(row)
    return sum(_seal(ledger, signer, rows, now()) for signer, rows in groups.values())


def _seal(ledger: Ledger, signer: Signer | None, rows: list[Due], now: int) -> int:
    try:
        if signer is None:
            raise KeyUnavailable("—")
        sealed = seal([row.body for row in rows], signer=signer)
        packages = _packed(ledger, rows, sealed)
    except SigningError as reason:  # a key that is away may come back: the wait grows, and never ends in a dead letter
        ledger.deferred(
            [deferral(row.outbox_id, reason, attempts=min(row.attempts, PATIENCE), now=now) for row in rows]
        )
        return 0
    ledger.sealed([Sealed(row.outbox_id, body, signer.node_id) for row, body in zip(rows, packages, strict=True)])
    return len(packages)


def _packed(ledger: Ledger, rows: Sequence[Due], sealed: Sequence[bytes]) -> list[bytes]:
    """What has attachments becomes a package: the files were recorded with the message, so nothing else is needed."""
    files = ledger.attached([row.message_id for row in rows if row.file_name.endswith(".zip")])
    return [
        packed(row.file_name, data, [Attachment("", name, body) for name, body in files[row.message_id].items()])
        if row.message_id in files
        else data
        for row, data in zip(rows, sealed, strict=True)
    ]
