"""The five questions that are asked after every fault, of both ends' files and databases, not of the product.

C1  is every file that came accounted for: processed, kept, or still waiting in its box?
C2  is what was acknowledged there?
C3  has every document one effect at customs, and every receipt one here?
C4  is every file under a final name whole?
C5  did the work come to its end again without a hand?
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from channels.rules import waiting
from parcel.names import parse_copy
from tests.faults.ends import END, KIND

SETTLED = ("understood", "repeat")
BOXES = ("OutBox", "SentBox", "FailBox", "InBox")


@dataclass(slots=True)
class Answers:
    """What is wrong, question by question; nothing is well."""

    conservation: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    halves: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    documents: int = 0

    @property
    def wrong(self) -> list[str]:
        found = {"C1": self.conservation, "C2": self.lost, "C3": self.twice, "C4": self.halves, "C5": self.stuck}
        return [f"{name} {what}" for name, whats in found.items() for what in whats]

    @property
    def clean(self) -> bool:
        return not self.wrong


def ask(
    home: Path,
    acknowledged: Mapping[str, str],
    *,
    ends: Mapping[str, str] | None = None,
    kept: tuple[str, ...] = (),
    resubmitted: int = 0,
) -> Answers:
    """At rest. ends: state by reference where it is not the happy one. kept: statuses of arrivals that this fault makes.

    resubmitted: messages that a document may have beyond its first.
    """
    answers = Answers()
    with _open(home / "gateway.db") as ours, _open(home / "customs" / "customs.db") as theirs:
        _conserved(home, ours, theirs, answers, kept)
        _there(ours, acknowledged, answers)
        _once(ours, theirs, answers, resubmitted)
        _whole(home, ours, theirs, answers)
        _ended(ours, answers, ends or {})
    return answers


def halves(home: Path) -> list[str]:
    """C4 alone, at any moment: also in the middle of a cut run."""
    answers = Answers()
    with _open(home / "gateway.db") as ours, _open(home / "customs" / "customs.db") as theirs:
        _whole(home, ours, theirs, answers)
    return answers.halves


def nowhere(home: Path) -> list[str]:
    """Messages that the ledger calls delivered and that lie in no box and were taken by nobody."""
    with _open(home / "gateway.db") as ours, _open(home / "customs" / "customs.db") as theirs:
        taken = {name for (name,) in theirs.execute("SELECT name FROM taken")}
        sent = ours.execute(
            "SELECT file_name FROM message m JOIN outbox o ON o.message_id = m.id WHERE o.stage = 'answer'"
        )
        lying = {file.name for _, box, file in _files(home) if box == "OutBox"}
        return [name for (name,) in sent if name not in taken and name not in lying]


def missing(home: Path, acknowledged: Mapping[str, str]) -> list[str]:
    """C2 alone, at any moment."""
    answers = Answers()
    with _open(home / "gateway.db") as ours:
        _there(ours, acknowledged, answers)
    return answers.lost


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        yield connection


def _conserved(
    home: Path, ours: sqlite3.Connection, theirs: sqlite3.Connection, answers: Answers, kept: tuple[str, ...]
) -> None:
    """Every file that customs put into a box is an arrival or lies there still; counters say what the rows say."""
    came = set(ours.execute("SELECT name, sha256 FROM arrival"))
    lying = {(file.name, _sha256(file.read_bytes())) for _, box, file in _files(home) if box in ("InBox", "FailBox")}
    for name, body in theirs.execute("SELECT name, body FROM posts WHERE written = 1"):
        if (key := (name, _sha256(body))) not in came and key not in lying:
            answers.conservation.append(f"{name} was put by customs and is nowhere")
    statuses = Counter(dict(ours.execute("SELECT status, count(*) FROM arrival GROUP BY status")))
    told = dict(
        ours.execute(
            "SELECT name, sum(amount) FROM tally WHERE topic = 'arrival' GROUP BY name HAVING sum(amount) <> 0"
        )
    )
    if told != statuses:
        answers.conservation.append(f"counted {told}, there are {dict(statuses)}")
    for status in statuses.keys() - {*SETTLED, *kept}:
        answers.conservation.append(f"{statuses[status]} arrivals are {status}")


def _there(ours: sqlite3.Connection, acknowledged: Mapping[str, str], answers: Answers) -> None:
    known = dict(ours.execute("SELECT reference, number FROM seen_reference"))
    numbers = {number for (number,) in ours.execute("SELECT number FROM document")}
    for reference, number in acknowledged.items():
        if known.get(reference) != number or number not in numbers:
            answers.lost.append(f"{reference} was acknowledged as {number}")


def _once(ours: sqlite3.Connection, theirs: sqlite3.Connection, answers: Answers, resubmitted: int) -> None:
    effects = {
        number: (submissions, effects)
        for number, submissions, effects in theirs.execute(
            "SELECT number, submissions, effects FROM cases WHERE kind = ?", (KIND,)
        )
    }
    rows = list(ours.execute("SELECT number, reference FROM document WHERE kind = ?", (KIND,)))
    answers.documents = len(rows)
    for reference, count in Counter(reference for _, reference in rows).items():
        if count > 1:
            answers.twice.append(f"{reference} has {count} documents")
    for number, _ in rows:
        submissions, done = effects.get(number, (0, 0))
        if done > 1 or submissions > 1 + resubmitted:
            answers.twice.append(f"{number} came to customs {submissions} times, effects {done}")
    for number in effects.keys() - {number for number, _ in rows}:
        answers.twice.append(f"customs has {number}, which nobody declared")
    again = """SELECT number, code, count(*) FROM event JOIN document ON id = document_id
               GROUP BY document_id, what, code, stated_at, receipt_no, message HAVING count(*) > 1"""
    answers.twice += [f"{number} has {count} events {code}" for number, code, count in ours.execute(again)]


def _whole(home: Path, ours: sqlite3.Connection, theirs: sqlite3.Connection, answers: Answers) -> None:
    sent = dict(ours.execute("SELECT file_name, sha256 FROM message WHERE direction = 'out'"))
    posted: dict[str, set[str]] = {}
    for name, body in theirs.execute("SELECT name, body FROM posts"):
        posted.setdefault(name, set()).add(_sha256(body))
    for road, box, file in _files(home):
        data = file.read_bytes()
        copy = parse_copy(file.name)
        name = file.name if box in ("OutBox", "InBox") or copy is None else f"{copy.stem}.xml"
        wanted = posted.get(name, set()) if box == "InBox" else {sent[name]} if name in sent else set()
        if wanted and _sha256(data) not in wanted:
            answers.halves.append(f"{road}/{box}/{file.name}: {len(data)} bytes that nobody wrote so")
    for file in (*home.glob("results/*/*.json"), *home.glob("declarations/*/*/*.result.json")):
        if not waiting(file.name) and not _is_json(file):
            answers.halves.append(f"{file.relative_to(home)} is no whole JSON")


def _ended(ours: sqlite3.Connection, answers: Answers, ends: Mapping[str, str]) -> None:
    for number, reference, state in ours.execute(
        "SELECT number, reference, state FROM document WHERE kind = ?", (KIND,)
    ):
        if state != ends.get(reference, END):
            answers.stuck.append(f"{number} ({reference}) rests in {state}")
    open_ = ours.execute(
        "SELECT stage, parked, count(*) FROM outbox WHERE stage NOT IN ('answer', 'done') GROUP BY stage, parked"
    )
    answers.stuck += [f"{count} messages rest at {stage} {parked}" for stage, parked, count in open_]
    (untold,) = ours.execute("SELECT count(*) FROM notice WHERE noticed_at IS NULL").fetchone()
    if untold:
        answers.stuck.append(f"{untold} results are not told")


def _files(home: Path) -> Iterator[tuple[str, str, Path]]:
    """Every file under a final name in the boxes of all channels: road, box, file."""
    for biz in sorted(home.glob("channels/*/*")):
        for box in BOXES:
            for file in sorted((biz / box).rglob("*")):
                if file.is_file() and not file.is_symlink() and not waiting(file.name):
                    yield f"{biz.parent.name}/{biz.name}", box, file


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _is_json(file: Path) -> bool:
    try:
        json.loads(file.read_bytes())
    except ValueError:
        return False
    return True
