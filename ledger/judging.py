"""Whether a submission may be recorded: decided on locked rows, before anything of it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from ledger.life import Life
from ledger.rows import DocumentChange, FactUsed, Number, Recorded, Submission
from mappings.states import What


class Remembered(Protocol):
    """What a reference stands for already: a row of `seen_reference`."""

    @property
    def kind(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def content_sha256(self) -> str: ...
    @property
    def submissions(self) -> int: ...


def judge(submission: Submission, known: Remembered | None, lives: Mapping[Number, Life]) -> Recorded:
    """accepted, revised, duplicate or refused, with the document's state as it is before."""
    if known is None:
        return _first(submission, lives)
    state = lives[submission.enterprise_id, known.number].state
    if _says_the_same(submission, known, lives):
        return Recorded("duplicate", known.number, known.kind, state, max(known.submissions - 1, 0))
    same_thing = (known.kind, known.number) == (submission.kind, submission.number)
    if not same_thing or _objected(submission, lives):
        return Recorded("refused", known.number, known.kind, state, max(known.submissions - 1, 0), "DECL_REFERENCE")
    if stale(submission.enterprise_id, submission.facts, lives):
        return Recorded("refused", known.number, known.kind, state, max(known.submissions - 1, 0), "FACT_CHANGED")
    if code := _lacking(submission, lives):
        return Recorded("refused", known.number, known.kind, state, max(known.submissions - 1, 0), code)
    return Recorded("revised", known.number, known.kind, state, _submission(submission))


def _first(submission: Submission, lives: Mapping[Number, Life]) -> Recorded:
    codes = (
        _objection(submission.enterprise_id, change, lives) or _stranger(submission, change, lives)
        for change in submission.documents
    )
    code = next(filter(None, codes), "") or _lacking(submission, lives)
    code = code or stale(submission.enterprise_id, submission.facts, lives)
    life = lives.get((submission.enterprise_id, submission.number))
    outcome = "refused" if code else "accepted"
    return Recorded(
        outcome, submission.number, submission.kind, life.state if life else "", _submission(submission), code
    )


def _says_the_same(submission: Submission, known: Remembered, lives: Mapping[Number, Life]) -> bool:
    """The same content again is nothing new, unless it was a draft and is now to be sent, or is meant to go once more."""
    if known.content_sha256 != submission.content_sha256:
        return False
    goes = submission.message is not None and (known.submissions == 0 or submission.again)
    return not goes or (known.submissions > 0 and _objected(submission, lives))


def _objected(submission: Submission, lives: Mapping[Number, Life]) -> bool:
    return any(_objection(submission.enterprise_id, change, lives) for change in submission.documents)


def _objection(enterprise_id: int, change: DocumentChange, lives: Mapping[Number, Life]) -> str:
    """The code of the fault why a document cannot be changed so, "" for none."""
    life = lives.get((enterprise_id, change.number))
    if life is None:
        return "" if change.declaration else "BIZ_UNKNOWN"
    if life.columns["deleted_at"] is not None:
        return "BIZ_STATE"
    if change.act:
        return "" if life.machine.move(life.state, change.act.code, What.ACT) else "BIZ_STATE"
    return "" if life.machine.permits(life.state, "edit") else "BIZ_STATE"


def stale(enterprise_id: int, facts: Iterable[FactUsed], lives: Mapping[Number, Life]) -> str:
    """FACT_CHANGED where a document that was judged by has another revision now, "" where none has."""
    for fact in facts:
        life = lives.get((enterprise_id, fact.number))
        if life is None or life.columns["revision"] != fact.revision:
            return "FACT_CHANGED"
    return ""


def _lacking(submission: Submission, lives: Mapping[Number, Life]) -> str:
    """The code of the fault where another document is no longer as it must be, "" where all are."""
    for need in submission.needs:
        life = lives.get((submission.enterprise_id, need.number))
        if life is None or life.state not in need.states:
            return "BIZ_UNKNOWN" if life is None else "BIZ_STATE"
    return ""


def _stranger(submission: Submission, change: DocumentChange, lives: Mapping[Number, Life]) -> str:
    """A new reference may act on a document that exists, never replace what another reference declared.

    What customs opened nobody has declared: whoever acts upon it may say what it holds.
    """
    life = lives.get((submission.enterprise_id, change.number))
    declared = life is not None and (life.columns["reference"] != "" or change.act is None)
    return "DECL_REFERENCE" if declared and change.declaration else ""


def _submission(submission: Submission) -> int:
    return submission.message.submission if submission.message else 0
