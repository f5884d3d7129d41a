"""The hostile PDFs and zips of `tests/vectors_files` at the product's own doors: `check`, `submit`, and the InBox."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

import ledger.recording
from gateway.home import Home
from gateway.intake.declaration import Declaration
from gateway.submission.submit import Submitter
from ledger.tables import attachment, body, document, message
from mappings.load import contract
from mappings.sample import sample
from mappings.sample_files import pdf
from tests.gateway.desk import both_ends
from tests.vectors_files.judge import HERE, ROWS

KIND = contract().kinds["certificate_application"]
LETTER = "/content/attachments/0/name"


def declared(data: bytes, reference: str) -> Declaration:
    value = sample(KIND, seed=1, reference=reference)
    listed: list[dict[str, Any]] = [{"name": "委托书.pdf", "data": base64.b64encode(data).decode()}]
    value["content"] |= {"attachments": listed, "contact_name": reference}
    return Declaration("memory", value)


def test_every_pdf_gets_its_verdict_at_check_and_submit(home: Home) -> None:
    rows = [row for row in ROWS if row["category"] == "pdf"]
    given = [declared((HERE / row["path"]).read_bytes(), row["path"]) for row in rows]
    submitter = Submitter(home, actor="test")
    for outcomes, good in ((submitter.check(given), "ok"), (submitter.submit(given), "accepted")):
        for row, outcome in zip(rows, outcomes, strict=True):
            told = [(fault.code, fault.path) for fault in outcome.faults]
            assert outcome.outcome == (good if row["expected"] == "accept" else "refused"), row["path"]
            assert told == ([] if row["expected"] == "accept" else [(row["code"], LETTER)]), row["path"]
    assert len(home.ledger.documents(kind=KIND.name)) == sum(row["expected"] == "accept" for row in rows)


def test_every_zip_gets_its_verdict_in_the_inbox_and_stops_nothing(tmp_path: Path) -> None:
    rows = [row for row in ROWS if row["category"] == "zip"]
    with both_ends(tmp_path / "home") as desk:
        [number] = desk.submit(declared(pdf("letter"), "GOOD"))
        for index, row in enumerate(rows):
            name = f"Receipt_{number}_20990101000000{index:03d}001.zip"
            (desk.road / "InBox" / name).write_bytes((HERE / row["path"]).read_bytes())
        desk.exchange()
        reasons = {each.name: each.reason.partition(":")[0] for each in desk.home.ledger.arrivals("quarantined")}
        assert len(reasons) == len(rows)
        for index, row in enumerate(rows):
            found = reasons[f"Receipt_{number}_20990101000000{index:03d}001.zip"]
            good = not found.startswith(("ATT_", "FILE_")) if row["expected"] == "accept" else found == row["code"]
            assert good, (row["path"], found)
        assert desk.states()[number] == "HS"


def test_every_zip_gets_its_verdict_at_customs_end(tmp_path: Path) -> None:
    rows = [row for row in ROWS if row["category"] == "zip" and row["expected"] == "reject"]
    with both_ends(tmp_path / "home") as desk:
        for index, row in enumerate(rows):
            name = f"CERTAPP_A2099000000000{index:04d}_20990101000000000_t-0.zip"
            (desk.road / "OutBox" / name).write_bytes((HERE / row["path"]).read_bytes())
        while desk.customs.look():
            pass
        assert len(list((desk.road / "FailBox").glob("*.zip"))) == len(rows)


@pytest.mark.parametrize("after", ["before the files are written", "after"])
def test_killed_while_recording_nothing_of_it_is_there(home: Home, monkeypatch: pytest.MonkeyPatch, after: str) -> None:
    """One transaction: document, message and files are there together or not at all."""
    keep = ledger.recording.keep

    def killed(*arguments: Any) -> None:
        if after == "after":
            keep(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(ledger.recording, "keep", killed)
    with pytest.raises(KeyboardInterrupt):
        Submitter(home, actor="test").submit([declared(pdf("letter"), "R")])
    with home.ledger._reading() as connection:
        left = [connection.scalar(select(func.count()).select_from(t)) for t in (document, message, attachment, body)]
    assert left == [0, 0, 0, 0]
    monkeypatch.setattr(ledger.recording, "keep", keep)
    assert Submitter(home, actor="test").submit([declared(pdf("letter"), "R")])[0].outcome == "accepted"
