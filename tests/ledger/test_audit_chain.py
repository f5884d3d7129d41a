"""Six ways to tamper with a chain, on both databases, clumsily and with every hash computed again: 6/6 for both chains.

Clumsy: one statement, as somebody with a database tool would do. Skilled: the chain agrees with itself afterwards, head,
count and series included; only the heads that were anchored in a second place tell.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from gateway.audit.anchor import anchor
from gateway.audit.heads import read
from gateway.audit.heads_check import heads_file, lost
from gateway.audit.prove import Proof, prove
from gateway.home import Home
from gateway.setup import NewHome, make_home
from ledger.chain import audit_hash, event_hash
from ledger.rows import AuditEntry
from mappings.clock import micros
from mappings.sample import ENTERPRISE
from signing.errors import KeyUnavailable
from signing.software import SoftwareKey
from tests.ledger.world import NOON, World, number

Row = dict[str, Any]
Planted = Callable[[list[Row]], list[Row]]
_MINUTE = timedelta(minutes=1)


class Anchored:
    """A world whose ledger is a home's."""

    def __init__(self, home: Home, url: str) -> None:
        self.home = home
        self.world = World(url)
        home.__dict__ |= {"ledger": self.world.ledger, "clock": self.world.clock}

    def anchor(self) -> int:
        self.world.clock.tick(_MINUTE)
        return anchor(self.home)

    def prove(self, **more: Any) -> Proof:
        return prove(self.home, **more)

    def codes(self) -> set[str]:
        return {finding.code for finding in self.prove().findings}

    def write(self, statement: str, rows: list[Row] | None = None) -> None:
        with self.world.ledger._transactions.writing() as connection:
            connection.execute(text(statement), rows or None)

    def rows(self, statement: str) -> list[Row]:
        with self.world.ledger._transactions.reading() as connection:
            return [dict(row) for row in connection.execute(text(statement)).mappings()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("audit") / "home"
    make_home(NewHome(path, ENTERPRISE, "测试企业"), passphrase=None, now=micros(NOON) - 1).close()
    return path


@pytest.fixture
def anchored(folder: Path, url: str) -> Iterator[Anchored]:
    """Three documents, one of them with a history of four events; audit entries around; anchored in the middle and at the end."""
    (folder / "audit" / "heads.jsonl").unlink(missing_ok=True)
    made = Anchored(Home(folder), url)
    world = made.world
    world.record(*(world.submission(serial) for serial in (1, 2, 3)))
    world.ledger.audit([AuditEntry("小李", "resend", "A1"), AuditEntry("小李", "pause", "main")])
    assert made.anchor() == 1
    world.tell(world.event(2, "HS", 1, message="M2-0"))
    world.tell(world.event(2, "EW", 2, message="M2-0"), world.event(2, "BP", 3, message="M2-0"))
    world.ledger.audit([AuditEntry("小李", "resume", "main", {"why": "修好了"}), AuditEntry("小王", "retry", "A2")])
    assert made.anchor() == 1
    assert made.prove(bodies=True).findings == []
    yield made
    made.home.close()


WAYS = ("change", "delete", "swap", "insert", "cut", "replace")
_EVENT_2 = "document_id = (SELECT id FROM document WHERE reference = 'R2')"

CLUMSY_EVENT = {
    "change": [f"UPDATE event SET code = 'HF' WHERE seq = 2 AND {_EVENT_2}"],
    "delete": [f"DELETE FROM event WHERE seq = 3 AND {_EVENT_2}"],
    "swap": [
        f"UPDATE event SET seq = -seq WHERE seq IN (2, 3) AND {_EVENT_2}",
        f"UPDATE event SET seq = seq + 5 WHERE seq < 0 AND {_EVENT_2}",
    ],
    "insert": [
        "INSERT INTO event SELECT document_id, 5, what, 'BP', stated_at, recorded_at, receipt_no, message, arrival_id,"
        f" actor, answers, facts, sentence, content, previous FROM event WHERE seq = 4 AND {_EVENT_2}"
    ],
    "cut": [f"DELETE FROM event WHERE seq = 4 AND {_EVENT_2}"],
    "replace": [f"UPDATE event SET stated_at = '20250101000000000' WHERE {_EVENT_2}"],
}
CLUMSY_AUDIT = {
    "change": ["UPDATE audit SET actor = '小张' WHERE id = 2"],
    "delete": ["DELETE FROM audit WHERE id = 2"],
    "swap": ["UPDATE audit SET id = -id WHERE id IN (1, 2)", "UPDATE audit SET id = id + 3 WHERE id < 0"],
    "insert": ["INSERT INTO audit SELECT max(id) + 1, max(at), '小张', 'resend', 'A9', '{}', '' FROM audit"],
    "cut": ["DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)"],
    "replace": ["UPDATE audit SET actor = '小张'"],
}


@pytest.mark.parametrize("way", WAYS)
def test_a_clumsy_hand_in_a_documents_chain(anchored: Anchored, way: str) -> None:
    for statement in CLUMSY_EVENT[way]:
        anchored.write(statement)
    proof = anchored.prove()
    assert "AUD_EVENTS" in {finding.code for finding in proof.findings}
    assert {f.evidence["number"] for f in proof.findings} == {number(2)}  # and says where


@pytest.mark.parametrize("way", WAYS)
def test_a_clumsy_hand_in_the_audit(anchored: Anchored, way: str) -> None:
    for statement in CLUMSY_AUDIT[way]:
        anchored.write(statement)
    assert "AUD_CHAIN" in anchored.codes()


def _swapped(rows: list[Row]) -> list[Row]:
    return [rows[0], rows[2], rows[1], *rows[3:]]


SKILLED: dict[str, Planted] = {
    "change": lambda rows: [rows[0], {**rows[1], **_other(rows[1])}, *rows[2:]],
    "delete": lambda rows: [rows[0], *rows[2:]],
    "swap": _swapped,
    "insert": lambda rows: [*rows[:2], {**rows[1], **_other(rows[1])}, *rows[2:]],
    "cut": lambda rows: rows[:-1],
    "replace": lambda rows: [{**row, **_other(row)} for row in rows],
}


def _other(row: Row) -> Row:
    return {"actor": f"{row['actor']}!"}


@pytest.mark.parametrize("way", WAYS)
def test_a_skilled_hand_in_a_documents_chain(anchored: Anchored, way: str) -> None:
    _rewrite_events(anchored, SKILLED[way])
    assert anchored.world.ledger.broken() == []  # it agrees with itself
    found = anchored.prove().findings
    assert {finding.code for finding in found} == {"AUD_HEAD"}
    assert {finding.evidence["number"] for finding in found} == {number(2)}


def _rewrite_events(anchored: Anchored, planted: Planted) -> None:
    rows = planted(anchored.rows(f"SELECT * FROM event WHERE {_EVENT_2} ORDER BY seq"))
    previous = ""
    for seq, row in enumerate(rows, 1):
        row |= {"seq": seq, "previous": previous}
        previous = event_hash(number(2), row)
    anchored.write(f"DELETE FROM event WHERE {_EVENT_2}")
    anchored.write(_insert("event", rows[0]), rows)
    anchored.write(f"UPDATE document SET head = '{previous}', event_count = {len(rows)} WHERE reference = 'R2'")


def _insert(table: str, row: Row) -> str:
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})"


@pytest.mark.parametrize("way", WAYS)
def test_a_skilled_hand_in_the_audit(anchored: Anchored, way: str) -> None:
    _rewrite_audit(anchored, SKILLED[way])
    assert anchored.world.ledger.broken() == []
    assert {finding.code for finding in anchored.prove().findings} == {"AUD_HEAD"}


def _rewrite_audit(anchored: Anchored, planted: Planted) -> None:
    rows, previous = planted(anchored.rows("SELECT * FROM audit ORDER BY id")), ""
    for id_, row in enumerate(rows, 1):
        row |= {"id": id_, "previous": previous}
        previous = audit_hash(row)
    anchored.write("DELETE FROM audit")
    anchored.write(_insert("audit", rows[0]), rows)
    anchored.write(f"UPDATE series SET next = {len(rows) + 1} WHERE name = 'audit'")


@pytest.mark.tampered
def test_a_document_that_is_gone_altogether(anchored: Anchored) -> None:
    for statement in (
        f"DELETE FROM event WHERE {_EVENT_2}",
        f"DELETE FROM notice WHERE {_EVENT_2}",
        f"DELETE FROM carries WHERE {_EVENT_2}",
        f"DELETE FROM declaration WHERE {_EVENT_2}",
        "DELETE FROM document WHERE reference = 'R2'",
    ):
        anchored.write(statement)
    found = anchored.prove().findings
    assert {(f.code, f.evidence["number"]) for f in found} == {("AUD_HEAD", number(2))}
    assert "已不存在" in found[0].zh


def test_bytes_that_were_changed(anchored: Anchored) -> None:
    anchored.write("UPDATE body SET bytes = :new WHERE id = 1", [{"new": b"<other/>"}])
    assert anchored.codes() == set()  # only looked at on wish
    assert {f.code for f in anchored.prove(bodies=True).findings} == {"AUD_BODY"}
    anchored.write("UPDATE body SET bytes = :new WHERE id = 1", [{"new": b""}])  # purged
    assert anchored.prove(bodies=True).findings == []


# ── the anchored heads themselves ──


def _lines(anchored: Anchored) -> list[bytes]:
    return list(heads_file(anchored.home).texts())


def _put(anchored: Anchored, lines: list[bytes], end: bytes = b"\n") -> None:
    heads_file(anchored.home).path.write_bytes(b"\n".join(lines) + end)


def test_nothing_grew_nothing_written(anchored: Anchored) -> None:
    assert anchored.anchor() == 0 and len(_lines(anchored)) == 2
    anchored.world.ledger.audit([AuditEntry("小李", "pause", "main")])
    assert anchored.anchor() == 1 and anchored.anchor() == 0
    anchored.world.record(anchored.world.submission(4))
    assert anchored.anchor() == 1 and anchored.anchor() == 0
    line = read(_lines(anchored)[-1])
    assert line and [number_ for _, number_, *_ in line.documents] == [number(4)]
    assert anchored.codes() == set()


def test_growth_that_is_listed_is_not_listed_again_within_the_overlap(anchored: Anchored) -> None:
    anchored.world.tell(anchored.world.event(3, "HS", 5, message="M3-0"))
    assert anchored.anchor() == 1
    line = read(_lines(anchored)[-1])
    assert line and [(number_, count) for _, number_, count, _ in line.documents] == [(number(3), 2)]


@pytest.mark.parametrize(
    "tamper",
    [
        lambda lines: [lines[0].replace(b'"at":', b'"at":1', 1), lines[1]],
        lambda lines: [lines[1]],
        lambda lines: [lines[1], lines[0]],
        lambda lines: [lines[0], lines[0], lines[1]],
        lambda lines: [lines[0].replace(b'"n":1', b'"n":1 '), lines[1]],
    ],
    ids=["change", "delete", "swap", "insert", "reformat"],
)
def test_lines_that_were_tampered_with(anchored: Anchored, tamper: Callable[[list[bytes]], list[bytes]]) -> None:
    _put(anchored, tamper(_lines(anchored)))
    assert "AUD_LINE" in anchored.codes()


def test_a_file_that_ends_early(anchored: Anchored) -> None:
    """The audit says which lines there were; one may have died with its writer."""
    lines = _lines(anchored)
    _put(anchored, lines[:1])
    proof = anchored.prove()
    assert proof.findings == [] and "line 2" in proof.notes[0]
    heads_file(anchored.home).path.unlink()
    assert anchored.codes() == {"AUD_LINE"}
    copy = anchored.home.path / "copy.jsonl"
    copy.write_bytes(b"".join(line + b"\n" for line in lines))
    assert anchored.prove(heads=copy).findings == []


def test_another_key_signs_nothing(anchored: Anchored, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (json.loads(line) for line in _lines(anchored))
    signature = first["signature"]
    _put(anchored, [_lines(anchored)[0], _lines(anchored)[1].replace(second["signature"].encode(), signature.encode())])
    assert anchored.codes() == {"AUD_LINE"}


def test_a_torn_line_is_closed_by_the_next(anchored: Anchored) -> None:
    lines = _lines(anchored)
    _put(anchored, [*lines, lines[-1][:99]], end=b"")
    proof = anchored.prove()
    assert proof.findings == [] and "torn" in proof.notes[0]
    anchored.world.ledger.audit([AuditEntry("小李", "pause", "main")])
    assert anchored.anchor() == 1
    proof = anchored.prove()
    assert proof.findings == [] and proof.lines == 3 and "closes" in proof.notes[0]
    _put(anchored, [*_lines(anchored)[:2], b"another torn line", _lines(anchored)[-1]])
    assert anchored.codes() == {"AUD_LINE"}


def test_without_a_key_nothing_is_anchored_and_nothing_is_lost(
    anchored: Anchored, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchored.world.record(anchored.world.submission(4))
    with monkeypatch.context() as patch:
        patch.setattr(Home, "signer", lambda self, node: None)
        assert anchored.anchor() == 0
    assert anchored.anchor() == 1 and anchored.codes() == set()


def test_a_card_that_goes_away_while_it_signs(anchored: Anchored, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: SoftwareKey, inputs: object) -> list[bytes]:
        raise KeyUnavailable("away")

    anchored.world.record(anchored.world.submission(4))
    with monkeypatch.context() as patch:
        patch.setattr(SoftwareKey, "sign", away)
        assert [anchored.anchor() for _ in range(3)] == [0, 0, 0]
    assert len([row for row in anchored.world.ledger.audit_rows() if row.act == "anchor"]) == 3  # said once
    assert anchored.codes() == set() and anchored.anchor() == 1 and anchored.prove().notes == []


def test_before_work_begins_the_last_line_is_looked_at(anchored: Anchored) -> None:
    assert lost(anchored.home) == []
    _rewrite_audit(anchored, SKILLED["cut"])
    assert [(each.code, each.evidence["number"]) for each in lost(anchored.home)] == [("AUD_HEAD", "audit")]
    _rewrite_events(anchored, SKILLED["cut"])
    assert [each.evidence["number"] for each in lost(anchored.home)] == ["audit", number(2)]
    heads_file(anchored.home).path.unlink()
    assert lost(anchored.home) == []


def test_many_lines_are_read_from_the_end(tmp_path: Path) -> None:
    from gateway.audit.heads import HeadsFile

    file = HeadsFile(tmp_path / "audit" / "heads.jsonl")
    assert list(file.from_the_end()) == list(file.texts()) == []
    texts = [f"{n}".encode() * (n % 50000) for n in range(1, 60)] + [b"x" * 200_000]
    file.append(texts)
    assert list(file.from_the_end()) == texts[::-1] and list(file.texts()) == texts


def test_the_event_of_an_act_binds_what_was_submitted(anchored: Anchored) -> None:
    (event,) = anchored.rows(f"SELECT content FROM event WHERE seq = 1 AND {_EVENT_2}")
    (given,) = anchored.rows(f"SELECT revision, given FROM declaration WHERE {_EVENT_2}")
    assert event["content"] == f"{given['revision']} {hashlib.sha256(given['given'].encode()).hexdigest()}"
    assert {row["content"] for row in anchored.rows(f"SELECT content FROM event WHERE seq > 1 AND {_EVENT_2}")} == {""}
    anchored.write(f"UPDATE declaration SET given = given || ' ' WHERE {_EVENT_2}")
    (finding,) = anchored.prove().findings
    assert (finding.code, finding.evidence["number"], finding.evidence["seq"]) == ("AUD_CONTENT", number(2), 1)
    anchored.write(f"DELETE FROM declaration WHERE {_EVENT_2}")
    assert anchored.codes() == {"AUD_CONTENT"}
