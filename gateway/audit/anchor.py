"""Anchoring: the heads of all chains, signed and written down in a second place.

`anchor` is called once a minute and at stop, by whoever holds the home's lock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from gateway.audit.heads import SHORT, HeadsFile, Line, digest, read, sha256, signed
from gateway.audit.heads_check import heads_file
from gateway.home import Home
from ledger.heads import Head
from ledger.rows import AuditEntry
from signing.errors import SigningError
from signing.sign import Signer

EVERY = 60.0  # s between anchors
_OVERLAP = 10 * 60 * 1_000_000  # µs: a commit may come later than the time that it wrote down, and clocks are set back
_Counts = dict[tuple[int, str], tuple[int, str]]


def anchor(home: Home) -> int:
    """Sign what the chains end in and append it to `audit/heads.jsonl`. The lines written; 0 without growth or key.

    The audit takes an entry a line first, so that neither of the two can be cut without the other showing it.
    """
    signer = home.signer(home.settings.node)
    if signer is None:
        return 0
    file, now, written = heads_file(home), home.clock.now(), 0
    last, known = _recent(file)
    since = max(last.until - _OVERLAP, 0) if last else 0
    with suppress(SigningError):  # a card that is away now: what grew stays to be anchored
        for page in _grown(home, since, known):
            last = _append(home, file, signer, last, page, now)
            written += 1
        if not written and _audit_head(home) != (last.audit if last else (0, "")):
            _append(home, file, signer, last, (), now)
            written = 1
    return written


def _recent(file: HeadsFile) -> tuple[Line | None, _Counts]:
    """The last whole line, and what it and those shortly before it say of documents."""
    last: Line | None = None
    known: _Counts = {}
    for text in file.from_the_end():
        line = read(text)
        if line is None:
            continue  # torn: the next line closes it
        last = last or line
        if line.until < last.until - _OVERLAP:
            break
        for enterprise_id, number, count, head in line.documents:
            known.setdefault((enterprise_id, number), (count, head))
    return last, known


def _grown(home: Home, since: int, known: _Counts) -> Iterator[list[Head]]:
    after = 0
    while True:
        page = home.ledger.heads_grown(since=since, after=after)
        if not page:
            return
        after = page[-1].id
        fresh = [h for h in page if known.get((h.enterprise_id, h.number)) != (h.count, h.head[:SHORT])]
        if fresh:
            yield fresh


def _audit_head(home: Home) -> tuple[int, str]:
    head = home.ledger.audit_head()
    return head.count, head.head


def _append(home: Home, file: HeadsFile, signer: Signer, last: Line | None, heads: Sequence[Head], now: int) -> Line:
    n = last.n + 1 if last else 1
    over = digest(head.head for head in heads)
    if heads:
        _tell(home, n, {"documents": str(len(heads)), "sha256": over})
    previous, torn = _before(file)
    documents = tuple((h.enterprise_id, h.number, h.count, h.head[:SHORT]) for h in heads)
    line = Line(n, now, now, signer.node_id, _audit_head(home), documents, over, previous, torn)
    file.append([signed(line, signer)])
    return line


def _tell(home: Home, n: int, detail: dict[str, str]) -> None:
    """An entry a line, once, also where the signature failed at the first try."""
    count, _ = _audit_head(home)
    last = home.ledger.audit_rows(limit=1, after=count - 1) if count else []
    if not last or (last[0].act, last[0].subject, dict(last[0].detail)) != ("anchor", str(n), detail):
        home.ledger.audit([AuditEntry("gateway", "anchor", str(n), detail)])


def _before(file: HeadsFile) -> tuple[str, str]:
    """Hash of the last whole line, and of a torn one behind it."""
    torn = ""
    for text in file.from_the_end():
        if read(text) is not None:
            return sha256(text), torn
        torn = torn or sha256(text)
    return "", torn
