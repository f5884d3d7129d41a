"""Recording submissions: reference, documents, acts, message and outbox entry of a batch, all in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Integer, bindparam, delete, select, update

from ledger import objecting, questioning
from ledger.attaching import keep
from ledger.auditing import write_audit
from ledger.chain import content_of
from ledger.judging import judge
from ledger.life import Life
from ledger.lives import Machines, load_lives, new_life, write_lives
from ledger.rows import Act, DocumentChange, Number, OutMessage, Recorded, Reference, Submission
from ledger.statements import AnyRow, Lookup, Tally, Values, as_json, content_key, digest, insert, put_bodies
from ledger.tables import carries, enterprise, message, outbox, seen_reference
from mappings.states import What

_KEY = (seen_reference.c.enterprise_id, seen_reference.c.reference)
_OF, _BY = seen_reference.c.enterprise_id == bindparam("of"), seen_reference.c.reference == bindparam("by")
_KNOWN = Lookup(select(seen_reference).with_for_update(), *_KEY)
_FORGOTTEN = delete(seen_reference).where(_OF, _BY)
_REVISED = (
    update(seen_reference)
    .where(_OF, _BY)
    .values(
        content_sha256=bindparam("sha256"),
        content_key=bindparam("key"),
        revision=seen_reference.c.revision + 1,
        submissions=seen_reference.c.submissions + bindparam("sent", type_=Integer),
        recorded_at=bindparam("now"),
    )
)


def record(
    connection: Connection, submissions: Sequence[Submission], *, machines: Machines, now: int
) -> list[Recorded]:
    """What became of each, in order. A refused one leaves nothing behind; the others stand."""
    tally, recorded = Tally(), list[Recorded]()
    for round_ in _rounds(submissions):
        recorded += _Round(connection, round_, tally, machines, now).record()
    tally.write(connection)
    return recorded


def _rounds(submissions: Sequence[Submission]) -> Iterator[list[Submission]]:
    """Stretches in which nothing is named twice, so that one that follows another sees what that one did."""
    round_: list[Submission] = []
    named: set[object] = set()
    for submission in submissions:
        numbers = {*_numbers(submission), *_needed(submission)}
        names = {("reference", _reference(submission)), *(("number", n) for n in numbers)}
        if named & names:
            yield round_
            round_, named = [], set()
        round_.append(submission)
        named |= names
    if round_:
        yield round_


@dataclass(slots=True)
class _Round:
    connection: Connection
    submissions: Sequence[Submission]
    tally: Tally
    machines: Machines
    now: int

    def record(self) -> list[Recorded]:
        known = self._claim()
        numbers = {n for s in self.submissions for n in (*_numbers(s), *_needed(s), *_judged_by(s))}
        numbers |= {(enterprise_id, row.number) for (enterprise_id, _), row in known.items()}
        lives = load_lives(self.connection, numbers, self.machines)
        judged = [(s, judge(s, known.get(_reference(s)), lives)) for s in self.submissions]
        taken = [submission for submission, told in judged if told.outcome in ("accepted", "revised")]
        changed = self._apply(taken, lives)
        write_lives(self.connection, list(changed.values()), self.tally, self.now)
        ids = self._send([(s, s.message) for s in taken if s.message], changed, lives)
        self._attach(taken, changed, ids)
        objecting.accept(self.connection, changed.values(), self.tally)
        questioning.ask(self.connection, taken, self.now)
        write_audit(self.connection, [entry for s in taken for entry in s.audit], now=self.now)
        self._remember([submission for submission, told in judged if told.outcome == "revised"])
        self._forget([s for s, told in judged if told.outcome == "refused" and _reference(s) not in known])
        return [_told(submission, told, changed) for submission, told in judged]

    def _claim(self) -> dict[Reference, AnyRow]:
        """Write down the references that nobody has used; the others as they are known, locked.

        A second writer of the same reference waits here for the first one's commit, and then finds it.
        """
        rows = [_reference_row(s, self.now) for s in sorted(self.submissions, key=_reference)]
        statement = insert(self.connection, seen_reference).on_conflict_do_nothing().returning(*_KEY)
        fresh = {(enterprise_id, reference) for enterprise_id, reference in self.connection.execute(statement, rows)}
        old = {_reference(submission) for submission in self.submissions} - fresh
        return {(row.enterprise_id, row.reference): row for row in _KNOWN.rows(self.connection, old)}

    def _apply(self, taken: Sequence[Submission], lives: Mapping[Number, Life]) -> dict[Number, Life]:
        changed: dict[Number, Life] = {}
        for submission in taken:
            for change in submission.documents:
                key = (submission.enterprise_id, change.number)
                life = changed[key] = lives.get(key) or new_life(
                    *key, change, reference=submission.reference, machines=self.machines, now=self.now
                )
                life.revise(change)
                if change.act:
                    life.add(_act_row(change.act, submission.message, _content(submission, change, life), self.now))
        return changed

    def _attach(self, taken: Sequence[Submission], lives: Mapping[Number, Life], ids: Mapping[str, int]) -> None:
        """The files of each document, with the message that takes them along."""
        keep(
            self.connection,
            [
                (
                    lives[s.enterprise_id, change.number].columns["id"],
                    ids.get(s.message.cop_msg_id) if s.message else None,
                    f,
                )
                for s in taken
                for change in s.documents
                for f in change.attached
            ],
        )

    def _send(
        self,
        sending: Sequence[tuple[Submission, OutMessage]],
        lives: Mapping[Number, Life],
        read: Mapping[Number, Life],
    ) -> Mapping[str, int]:
        """Bodies, messages, what they carry, and the outbox; what has come meanwhile is waited for no longer.

        The messages' ids by CopMsgId.
        """
        if not sending:
            return {}
        nodes = dict(self.connection.execute(select(enterprise.c.id, enterprise.c.node_id)).all())
        bodies = put_bodies(self.connection, {digest(out.body): out.body for _, out in sending})
        rows = [_message_row(submission, out, nodes, bodies, self.now) for submission, out in sending]
        made = self.connection.execute(message.insert().returning(message.c.cop_msg_id, message.c.id), rows)
        ids: dict[str, int] = dict(made.all())
        carried = [
            {"message_id": ids[out.cop_msg_id], "document_id": lives[n].columns["id"], "submission": out.submission}
            for submission, out in sending
            for n in _numbers(submission)
        ]
        self.connection.execute(carries.insert(), carried)
        queued = [
            _outbox_row(s, out, ids[out.cop_msg_id], self.now, here=(s.enterprise_id, s.waits_for) in read)
            for s, out in sending
        ]
        self.connection.execute(outbox.insert(), queued)
        for row in queued:
            self.tally.move("outbox", "", row["stage"])
        return ids

    def _remember(self, revised: Sequence[Submission]) -> None:
        """These references stand for the new content from now on."""
        rows = [
            {
                "of": s.enterprise_id,
                "by": s.reference,
                "sha256": s.content_sha256,
                "key": content_key(s.content_sha256),
                "sent": int(s.message is not None),
                "now": self.now,
            }
            for s in revised
        ]
        if rows:
            self.connection.execute(_REVISED, rows)

    def _forget(self, refused: Sequence[Submission]) -> None:
        if refused:
            self.connection.execute(_FORGOTTEN, [{"of": s.enterprise_id, "by": s.reference} for s in refused])


def _told(submission: Submission, told: Recorded, changed: Mapping[Number, Life]) -> Recorded:
    life = changed.get((submission.enterprise_id, told.number))
    return replace(told, state=life.state) if life else told


def _reference(submission: Submission) -> Reference:
    return (submission.enterprise_id, submission.reference)


def _numbers(submission: Submission) -> list[Number]:
    return [(submission.enterprise_id, change.number) for change in submission.documents]


def _judged_by(submission: Submission) -> list[Number]:
    """Documents of others that it is judged by, or waits for."""
    waits = [submission.waits_for] if submission.waits_for else []
    return [(submission.enterprise_id, number) for number in (*waits, *(fact.number for fact in submission.facts))]


def _needed(submission: Submission) -> list[Number]:
    return [(submission.enterprise_id, need.number) for need in submission.needs]


def _reference_row(submission: Submission, now: int) -> Values:
    return {
        "enterprise_id": submission.enterprise_id,
        "reference": submission.reference,
        "kind": submission.kind,
        "number": submission.number,
        "content_sha256": submission.content_sha256,
        "content_key": content_key(submission.content_sha256),
        "revision": 0,
        "submissions": int(submission.message is not None),
        "recorded_at": now,
    }


def _content(submission: Submission, change: DocumentChange, life: Life) -> str:
    if change.declaration:
        return content_of(life.columns["revision"], digest(change.declaration.encode()))
    return content_of(None, submission.content_sha256)


def _act_row(act: Act, out: OutMessage | None, content: str, now: int) -> Values:
    return {
        "what": What.ACT,
        "code": act.code,
        "stated_at": act.stated_at,
        "recorded_at": now,
        "receipt_no": "",
        "message": out.cop_msg_id if out else "",
        "arrival_id": None,
        "actor": act.actor,
        "facts": as_json(act.facts),
        "sentence": "",
        "content": content,
    }


def _message_row(
    submission: Submission, out: OutMessage, nodes: Mapping[int, str], bodies: Mapping[str, int], now: int
) -> Values:
    sha256 = digest(out.body)
    return {
        "sha256": sha256,
        "body_id": bodies[sha256],
        "direction": "out",
        "enterprise_id": submission.enterprise_id,
        "sender": nodes[submission.enterprise_id],
        "cop_msg_id": out.cop_msg_id,
        "kind": out.kind,
        "version": out.version,
        "file_name": out.file_name,
        "channel": out.channel,
        "arrival_id": None,
        "stated_at": out.stated_at,
        "recorded_at": now,
        "signer": out.signer,
    }


def _outbox_row(submission: Submission, out: OutMessage, message_id: int, now: int, *, here: bool) -> Values:
    """What waits for a fact is due when the fact is there (`here`) or its patience ends, everything else at once."""
    stage = "ask" if submission.waits_for else "deliver" if out.sealed else "seal"
    return {
        "message_id": message_id,
        "channel": out.channel,
        "stage": stage,
        "due_at": now + submission.patience if submission.waits_for and not here else now,
        "attempts": 0,
        "parked": "",
        "waits_for": submission.waits_for,
        "standing": "",
    }
