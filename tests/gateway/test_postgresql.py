"""The same home on PostgreSQL: a round trip, and two ends that agree."""

from __future__ import annotations

from pathlib import Path

from tests.databases import Databases
from tests.gateway.conftest import declared
from tests.gateway.desk import both_ends


def test_a_round_trip_on_postgresql(postgresql: Databases, tmp_path: Path) -> None:
    with both_ends(tmp_path / "home", postgresql.empty()) as desk:
        kinds = ("blank_certificate_application", "certificate_application")
        numbers = desk.submit(
            *(
                declared(desk.home, kind, seed=seed, reference=f"{kind}-{seed}")
                for kind in kinds
                for seed in range(1, 6)
            )
        )
        desk.exchange()
        assert len(set(numbers)) == 10
        assert {desk.states()[number] for number in numbers} == {"BP", "HS"}
        ours = {row.number: (row.state, row.customs_no) for row in desk.home.ledger.documents()}
        theirs = {row["number"]: (row["state"], row["customs_no"]) for row in desk.customs.statement()}
        assert {number: ours[number] for number in theirs} == theirs
        assert desk.home.ledger.refold() == []
