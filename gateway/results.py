"""Results for enterprise systems that live on files: one JSON file for each change of a document's state."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path

from channels.folder_box import FolderBox
from ledger import Ledger
from ledger.rows import NoticeRow
from mappings.clock import iso
from mappings.load import Contract


class Results:
    """Writes `results/<enterprise>/<number>_<seq>.json`, each whole or not at all, again after a crash."""

    def __init__(self, ledger: Ledger, folder: Path, contract: Contract) -> None:
        self._ledger = ledger
        self._folder = folder
        self._contract = contract

    def write(self, *, limit: int = 256) -> int:
        """One batch, durable before it is marked. Returns how many were written; what cannot be written stays due."""
        notices = sorted(self._ledger.notices(limit), key=lambda notice: notice.enterprise)
        written = [
            n.id
            for enterprise, own in groupby(notices, lambda n: n.enterprise)
            for n in self._put(enterprise, list(own))
        ]
        self._ledger.noticed(written)
        return len(written)

    def _put(self, enterprise: str, notices: list[NoticeRow]) -> list[NoticeRow]:
        folder = self._folder / enterprise
        folder.mkdir(parents=True, exist_ok=True)
        results = FolderBox(folder).put_all([(_name(notice), self._told(notice)) for notice in notices], own_torn=True)
        return [notice for notice, error in zip(notices, results, strict=True) if error is None]

    def _told(self, notice: NoticeRow) -> bytes:
        states = self._contract.kinds[notice.kind].needs_machine().states
        told = {
            "number": notice.number,
            "reference": notice.reference,
            "kind": notice.kind,
            "enterprise": notice.enterprise,
            "seq": notice.seq,
            "from": notice.source_state,
            "state": notice.state,
            "state_zh": states[notice.state].zh if notice.state in states else notice.state,
            "recorded_at": iso(notice.recorded_at),
            "facts": dict(notice.facts),
        }
        if notice.due_at:  # by our own policy, never customs'
            told |= {"due_at": iso(notice.due_at), "due_by": "gateway"}
        return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _name(notice: NoticeRow) -> str:
    """The number of a blank form holds a colon, which not every file system takes."""
    return f"{notice.number.replace(':', '_')}_{notice.seq:04d}.json"
