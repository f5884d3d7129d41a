"""Results for enterprise systems that live on files: one JSON file for each change of a document's state."""

from __future__ import annotations

import json
from pathlib import Path

from channels.files import durable_replace
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
        notices = self._ledger.notices(limit)
        for notice in notices:
            self._write(notice)
        self._ledger.noticed([notice.id for notice in notices])
        return len(notices)

    def _write(self, notice: NoticeRow) -> None:
        folder = self._folder / notice.enterprise
        folder.mkdir(parents=True, exist_ok=True)
        name = notice.number.replace(":", "_")  # the number of a blank form holds a colon, which no file name may
        durable_replace(
            folder / f"{name}_{notice.seq:04d}.json",
            json.dumps(self._told(notice), ensure_ascii=False, indent=1).encode(),
        )

    def _told(self, notice: NoticeRow) -> dict[str, object]:
        states = self._contract.kinds[notice.kind].needs_machine().states
        return {
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
