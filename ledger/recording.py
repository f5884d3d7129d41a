"""Recording submissions: reference, documents, acts, message and outbox entry of a batch, all in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, select, tuple_, update

from ledger.lives import Life, Machines, load_lives, new_life, write_lives
from ledger.rows import Act, DocumentChange, Number, OutMessage, Recorded, Reference, Submission
from ledger.statements import Tally, Values, as_json, insert, put_bodies, rows_in
from ledger.tables import carries, enterprise, message, outbox, seen_reference
from mappings.states import What

_KEY = (seen_reference.c.enterprise_id, seen_reference.c.reference)


def record(
    connection: Connection, submissions: Sequence[Submission], *, machines: Machines, now: int
) -> list[Recorded]:
    """What became of each, in order. A refused one leaves nothing behind; the others stand."""
    tally, recorded = Tally(), list[Recorded]()
    for round_ in _rounds(submissions):
        recorded += _Round(connection, round_, machines, now).record(tally)
    tally.write(connection)
    return recorded


def _rounds(submissions: Sequence[Submission]) -> Iterator[list[Submission]]:
    """Stretches in which nothing is named twice, so that one that follows another sees what that one did."""
    round_: list[Submission] = []
    named: set[object] = set()
    for submission in submissions:
        names = {("reference", reference_of(submission)), *(("number", n) for n in _numbers(submission))}
        if named & names:
            yield round_
            round_, named = [], set()
        round_.append(submission)
        named |= names
    if round_:
        yield round_


def reference_of(submission: Submission) -> Reference:
    return (submission.enterprise_id, submission.reference)


def _numbers(submission: Submission) -> list[Number]:
    return [(submission.enterprise_id, change.number) for change in submission.documents]


@dataclass(slots=True)
class _Round:
    connection: Connection
    submissions: Sequence[Submission]
    machines: Machines
    now: int

    def record(self, tally: Tally) -> list[Recorded]:
        known = self._claim()
        named = [(e, row.number) for (e, _), row in known.items()]
        lives = load_lives(self.connection, [n for s in self.submissions for n in _numbers(s)] + named, self.machines)
        judged = [_judge(s, known.get(reference_of(s)), lives) for s in self.submissions]
        taken = [s for s, verdict in zip(self.submissions, judged, strict=True) if verdict.outcome in _WRITTEN]
        touched = self._apply(taken, lives)
        write_lives(self.connection, list(touched.values()), tally, self.now)
        self._send([s for s in taken if s.message], touched, tally)
        self._remember([s for s in taken if reference_of(s) in known])
        self._forget([s for s, v in zip(self.submissions, judged, strict=True) if v.outcome == "refused"], known)
        return [_told(s, v, touched) for s, v in zip(self.submissions, judged, strict=True)]

    def _claim(self) -> dict[Reference, Row[Any]]:
        """Write down the references that nobody has used; the others, as they are known, locked.

        A second writer of the same reference waits here for the first one's commit, and then finds it.
        """
        rows = sorted((_reference_row(s, self.now) for s in self.submissions), key=_by_reference)
        statement = insert(self.connection, seen_reference).on_conflict_do_nothing().returning(*_KEY)
        fresh = {(row.enterprise_id, row.reference) for row in self.connection.execute(statement, rows)}
        old = {reference_of(s) for s in self.submissions} - fresh
        found = rows_in(self.connection, select(seen_reference).with_for_update(), _KEY, old)
        return {(row.enterprise_id, row.reference): row for row in found}

    def _apply(self, taken: Sequence[Submission], lives: Mapping[Number, Life]) -> dict[Number, Life]:
        touched: dict[Number, Life] = {}
        for submission in taken:
            for change in submission.documents:
                key = (submission.enterprise_id, change.number)
                life = lives.get(key)
                if life:
                    life.revise(change)
                else:
                    life = new_life(submission.enterprise_id, change, reference=submission.reference,
                                    machines=self.machines, now=self.now)  # fmt: skip
                if change.act:
                    life.add(_act_row(change.act, submission.message, self.now))
                touched[key] = life
        return touched

    def _send(self, sending: Sequence[Submission], lives: Mapping[Number, Life], tally: Tally) -> None:
        """Bodies, messages, what they carry, and the outbox."""
        if not sending:
            return
        nodes = dict(self.connection.execute(select(enterprise.c.id, enterprise.c.node_id)).tuples().all())
        messages = [(s, s.message) for s in sending if s.message]
        hashes = put_bodies(self.connection, [m.body for _, m in messages])
        rows = [_message_row(s, m, nodes, sha256, self.now) for (s, m), sha256 in zip(messages, hashes, strict=True)]
        made = self.connection.execute(message.insert().returning(message.c.cop_msg_id, message.c.id), rows)
        ids = {cop_msg_id: id_ for cop_msg_id, id_ in made}
        self.connection.execute(carries.insert(), [
            {"message_id": ids[m.cop_msg_id], "document_id": lives[n].columns["id"], "submission": m.submission}
            for s, m in messages for n in _numbers(s)
        ])  # fmt: skip
        queued = [_outbox_row(s, m, ids[m.cop_msg_id], self.now) for s, m in messages]
        self.connection.execute(outbox.insert(), queued)
        for row in queued:
            tally.move("outbox", "", row["stage"])

    def _remember(self, revised: Sequence[Submission]) -> None:
        """A reference that was known stands for the new content from now on."""
        for sent in (0, 1):
            rows = [
                {"of": s.enterprise_id, "by": s.reference, "sha256": s.content_sha256, "now": self.now}
                for s in revised
                if bool(s.message) == bool(sent)
            ]
            if rows:
                self.connection.execute(_revised(sent), rows)

    def _forget(self, refused: Sequence[Submission], known: Mapping[Reference, Any]) -> None:
        fresh = [reference_of(s) for s in refused if reference_of(s) not in known]
        if fresh:
            self.connection.execute(delete(seen_reference).where(tuple_(*_KEY).in_(fresh)))
