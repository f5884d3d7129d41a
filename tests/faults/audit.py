"""F61, F62: the audit chain."""

from __future__ import annotations

from gateway.audit.heads import HeadsFile
from tests.faults.cell import Bench, cell, die


@cell("F61", "audit", "kill while appending", "the torn line is closed, the chain holds")
def kill_while_appending(bench: Bench) -> None:
    def torn() -> None:
        def half(self: HeadsFile, texts: list[bytes]) -> None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                file.write(texts[0][: len(texts[0]) // 2])
                file.flush()
            die()

        HeadsFile.append = half  # type: ignore[method-assign,assignment]

    assert bench.submit(1) == 0 and bench.run() == 0
    assert bench.submit(1) == 0
    assert bench.run(plant=torn) < 0
    assert bench.run() == 0
    assert bench.do("audit", "verify") == 0, bench.out


@cell("F62", "audit", "row changed, removed, swapped", "the first bad row is named")
def row_changed(bench: Bench) -> None:
    assert bench.submit(2) == 0 and bench.run() == 0
    bench.customs()
    assert bench.run() == 0
    assert bench.do("audit", "verify") == 0
    [(number, seq, code)] = bench.rows(
        "SELECT number, seq, code FROM event JOIN document ON id = document_id WHERE reference <> '' AND seq = 2 LIMIT 1"
    )
    which = f"WHERE seq = {seq} AND document_id = (SELECT id FROM document WHERE number = '{number}')"
    bench.change(f"UPDATE event SET code = 'HT' {which}")
    assert bench.do("audit", "verify") == 1 and number in bench.out
    bench.change(f"UPDATE event SET code = ? {which}", code)
    assert bench.do("audit", "verify") == 0
