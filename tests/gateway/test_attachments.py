"""Attachments: from beside a declaration or inside it, through both ends, into the ledger and out of it as evidence."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from gateway.evidence.bundle import bundle
from gateway.home import Home
from gateway.intake.declaration import Declaration
from gateway.intake.files import in_file
from gateway.setup import NewHome, make_home
from gateway.submission.submit import Submitter
from gateway.worker import Worker
from ledger.tables import attachment, body, message
from mappings.load import contract
from mappings.sample import ENTERPRISE, sample
from mappings.sample_files import pdf, png
from parcel.package.pack import unpack
from tests.gateway.desk import Desk, both_ends
from tests.stories.player import world

APPLICATION = "certificate_application"
KIND = contract().kinds[APPLICATION]
LETTER, OTHER = pdf("letter of attorney"), pdf("another letter")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with both_ends(tmp_path / "home") as made:
        yield made


def declared(*, attachments: list[dict[str, Any]] | None = None, reference: str = "R1", **more: Any) -> Declaration:
    value = sample(KIND, seed=1, reference=reference)
    if attachments is not None:
        value["content"]["attachments"] = attachments
    value["content"] |= more
    return Declaration("memory", value)


def given(data: bytes, name: str = "委托书.pdf", class_code: str = "10000005") -> dict[str, Any]:
    return {"class_code": class_code, "name": name, "data": base64.b64encode(data).decode()}


def outcomes(home: Home, *declarations: Declaration) -> list[Any]:
    return Submitter(home, actor="test").submit(list(declarations))


def told(home: Home, declaration: Declaration) -> list[tuple[str, str]]:
    [checked], [submitted] = Submitter(home, actor="test").check([declaration]), outcomes(home, declaration)
    assert checked.faults == submitted.faults
    return [(fault.code, fault.path) for fault in submitted.faults]


def rows(home: Home) -> list[tuple[str, str, str, int]]:
    with home.ledger._reading() as connection:
        chosen = select(attachment.c.class_code, attachment.c.name, attachment.c.sha256, attachment.c.pages)
        return [tuple(row) for row in connection.execute(chosen.order_by(attachment.c.id))]  # type: ignore[misc]


def test_a_declaration_with_every_class_of_file_is_issued_and_its_evidence_holds_them(desk: Desk) -> None:
    value = sample(KIND, seed=2, attachments=True, remark="#pdf")
    count = len(value["content"]["certificates"])
    [outcome] = outcomes(desk.home, Declaration("memory", value))
    assert (outcome.outcome, outcome.faults) == ("accepted", ())
    desk.exchange()
    assert set(desk.states().values()) == {"HS", "HP"}
    [sent] = [row for row in desk.home.ledger.history(outcome.number)[2] if row.direction == "out"]
    assert sent.file_name.endswith("_t-0.zip")
    package = unpack(desk.home.ledger.message_body(sent.id))
    assert len(package.attachments) == 1 + 2 * count
    [certificate, *_] = [n for n in desk.states() if n.startswith("C")]
    with zipfile.ZipFile(io.BytesIO(bundle(desk.home, certificate))) as zipped:
        held = [name for name in zipped.namelist() if name.startswith("attachments/")]
    issued = [name for name in held if name.endswith(".pdf") and "N" in name.split("-")[-1]]
    assert len(held) >= 3 + len(issued) > 3  # marks and material as declared, letter of attorney, drafts and issue


def test_the_file_that_customs_sends_along_is_kept_with_its_certificate(desk: Desk) -> None:
    value = sample(KIND, seed=1, remark="#pdf #twice #badseal")
    outcomes(desk.home, Declaration("memory", value))
    desk.exchange()
    certificates = {row.number: row.certificate_no for row in desk.home.ledger.documents(kind="certificate")}
    names = {name for _, name, _, _ in rows(desk.home)}
    assert {f"{no}.pdf" for no in certificates.values()} <= names
    assert {row.status for row in desk.home.ledger.arrivals()} <= {"understood", "repeat", "quarantined"}
    assert len(rows(desk.home)) == 2 * len(certificates)  # said twice, in two messages of one content
    with desk.home.ledger._reading() as connection:
        bodies = connection.scalar(select(func.count(attachment.c.body_id.distinct())))
    assert bodies == len(certificates)


def test_another_attachment_is_another_content(home: Home) -> None:
    first, again, other = outcomes(
        home,
        declared(attachments=[given(LETTER)]),
        declared(attachments=[given(LETTER)]),
        declared(attachments=[given(OTHER)]),
    )
    assert (first.outcome, again.outcome, other.outcome) == ("accepted", "duplicate", "refused")
    assert other.faults[0].code == "DECL_REFERENCE"


def test_the_ledger_keeps_one_body_for_one_file_and_no_base64(home: Home) -> None:
    outcomes(home, *(declared(attachments=[given(LETTER)], reference=f"R{n}", contact_name=f"N{n}") for n in range(3)))
    assert len(rows(home)) == 3
    with home.ledger._reading() as connection:
        kept = select(func.count()).where(body.c.sha256 == rows(home)[0][2]).select_from(body)
        assert connection.scalar(kept) == 1
    number = home.ledger.documents()[0].number
    history = home.ledger.history(number)
    assert base64.b64encode(LETTER).decode()[:40] not in json.dumps(history[0].declaration)


def test_all_faults_of_all_files_are_told_at_once_each_at_its_place(home: Home) -> None:
    bad = [
        given(b"<html>", "a.pdf", "10000005"),
        {"class_code": "00000001", "name": "b.pdf", "data": "%%%"},
        {"class_code": "00000002", "file": "c.pdf"},
        {"class_code": "00000003"},
        given(LETTER, "../d.pdf", "00000004"),
        given(png(), "e.png", "00000005"),
        given(LETTER, "f.pdf", "77777777"),
    ]
    faults = told(home, declared(attachments=bad))
    assert faults == [
        ("ATT_TYPE", "/content/attachments/0/name"),
        ("ATT_CORRUPT", "/content/attachments/1/name"),
        ("ATT_MISSING", "/content/attachments/2/file"),
        ("FIELD_MISSING", "/content/attachments/3"),
        ("ATT_PATH", "/content/attachments/4/name"),
        ("ATT_TYPE", "/content/attachments/5/name"),
        ("ATT_CLASS", "/content/attachments/6/class_code"),
    ]


def test_one_name_is_one_file_in_a_message(home: Home) -> None:
    certificates = sample(KIND, seed=1)["content"]["certificates"]
    certificates[0]["attachments"] = [given(png(), "A.png", "MARKS"), given(OTHER, "a.PNG", "MATERIAL")]
    assert ("ATT_TYPE", "/content/certificates/0/attachments/1/name") in told(home, declared(certificates=certificates))
    certificates[0]["attachments"] = [given(LETTER, "a.pdf", "MATERIAL"), given(OTHER, "A.pdf", "MATERIAL")]
    assert told(home, declared(certificates=certificates)) == [
        ("ATT_NAME_TWICE", "/content/certificates/0/attachments/1/name")
    ]
    certificates[0]["attachments"] = [given(LETTER, "a.pdf", "MATERIAL"), given(LETTER, "a.pdf", "MARKS")]
    assert told(home, declared(certificates=certificates)) == []


def test_files_beside_the_declaration_never_from_outside_of_its_folder(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "委托书.pdf").write_bytes(LETTER)
    (tmp_path / "out.pdf").write_bytes(LETTER)
    (folder / "link.pdf").symlink_to(tmp_path / "out.pdf")
    (folder / "way").symlink_to(tmp_path)
    cases = {
        "files/委托书.pdf": [],
        "../out.pdf": ["ATT_PATH"],
        "/etc/passwd": ["ATT_PATH"],
        "way/out.pdf": ["ATT_PATH"],
        "link.pdf": ["FILE_TYPE"],
        "files": ["FILE_TYPE"],
        "none.pdf": ["ATT_MISSING"],
    }
    for index, (name, codes) in enumerate(cases.items()):
        value = sample(KIND, seed=1, reference=f"F{index}")
        value["content"] |= {"attachments": [{"file": name}], "contact_name": f"N{index}"}
        file = folder / "declaration.json"
        file.write_text(json.dumps(value), encoding="utf-8")
        [declaration] = in_file(file, contract=home.contract)
        assert [code for code, _ in told(home, declaration)] == codes, name
    assert rows(home) == [("10000005", "委托书.pdf", rows(home)[0][2], 1)]


def test_a_message_recorded_without_its_key_is_packed_when_it_is_sealed(desk: Desk) -> None:
    signer = desk.home.signer
    desk.home.signer = lambda _: None  # type: ignore[method-assign,assignment]
    [outcome] = outcomes(desk.home, declared(attachments=[given(LETTER)]))
    desk.home.signer = signer  # type: ignore[method-assign]
    desk.exchange()
    assert desk.states()[outcome.number] == "HS"
    with desk.home.ledger._reading() as connection:
        packed = connection.scalars(select(body.c.bytes).join(message).where(message.c.direction == "out")).one()
    assert unpack(packed).attachments[0].data == LETTER


def test_a_draft_keeps_its_files_until_it_is_sent(home: Home) -> None:
    declaration = declared(attachments=[given(LETTER)])
    Submitter(home, actor="test").submit([declaration], draft=True)
    assert len(rows(home)) == 1
    assert outcomes(home, declaration)[0].outcome in ("accepted", "revised")
    assert len(rows(home)) == 2


def test_only_the_certificates_that_are_sent_again_take_their_files_along(tmp_path: Path) -> None:
    with world(tmp_path, {}) as there:
        value = sample(KIND, seed=1, attachments=True)
        value["content"]["certificates"] = value["content"]["certificates"][:1] * 2
        value["content"]["certificates"][1] = {
            **value["content"]["certificates"][1], "attachments": [given(OTHER, "second.pdf", "MATERIAL")]
        }  # fmt: skip
        [outcome] = outcomes(there.home, Declaration("memory", value))
        there.exchange()
        one, two = sorted(row.number for row in there.home.ledger.documents(kind="certificate"))
        for number, status in ((outcome.number, "HS"), (one, "HS"), (two, "HF")):
            there.customs.decide(number, status, reason="附件不清")
            there.exchange()
        again = json.loads(json.dumps(value))
        again["content"]["certificates"][1]["attachments"] = [given(LETTER, "third.pdf", "MATERIAL")]
        [revised] = outcomes(there.home, Declaration("memory", again))
        assert (revised.outcome, revised.faults) == ("revised", ())
        sent = there.home.ledger.history(outcome.number)[2][-1]
        names = {each.name for each in unpack(there.home.ledger.message_body(sent.id)).attachments}
        assert "third.pdf" in names
        assert not names & {item["name"] for item in value["content"]["certificates"][0]["attachments"]}


def test_what_was_changed_on_the_way_is_refused_by_customs(desk: Desk) -> None:
    [outcome] = outcomes(desk.home, declared(attachments=[given(LETTER)]))
    desk.worker.look()
    [file] = (desk.road / "OutBox").glob("*.zip")
    with zipfile.ZipFile(file) as zipped:
        content = {name: zipped.read(name) for name in zipped.namelist()}
    content["委托书.pdf"] = OTHER
    with zipfile.ZipFile(file, "w") as zipped:
        for name, data in content.items():
            zipped.writestr(name, data)
    desk.exchange()
    assert desk.states()[outcome.number] == "SF"
    assert "SHA-256" in desk.home.ledger.history(outcome.number)[1][-1].sentence


def test_a_growing_attachment_makes_its_declaration_wait(tmp_path: Path) -> None:
    home = make_home(NewHome(tmp_path / "home", ENTERPRISE, "测试企业", judge="both"), passphrase=None)
    try:
        worker = Worker(home)
        new = home.path / "declarations" / ENTERPRISE / "new"
        new.mkdir(parents=True, exist_ok=True)
        value = sample(KIND, seed=1)
        value["content"]["attachments"] = [{"file": "委托书.pdf"}]
        (new / "one.json").write_text(json.dumps(value), encoding="utf-8")
        seconds = [0.0]
        worker.look()
        worker._intake._desks[ENTERPRISE].new._monotonic = lambda: seconds[0]
        worker._intake._desks[ENTERPRISE].new._since.clear()
        worker.look()
        seconds[0] = 2.0
        (new / "委托书.pdf").write_bytes(LETTER[:100])
        worker.look()
        assert home.ledger.documents() == []
        (new / "委托书.pdf").write_bytes(LETTER)
        worker.look()
        assert home.ledger.documents() == []
        seconds[0] = 4.0
        worker.look()
        assert len(home.ledger.documents(kind=APPLICATION)) == 1
        assert (new / "委托书.pdf").exists()
        assert not (new / "one.json").exists()
    finally:
        home.close()
