"""Whether it is whole: folds, chains, anchors, dossiers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ledger import auditing, conserving, evidence, heads, proving, refolding
from ledger.doors.opened import Opened
from ledger.rows import AuditEntry, AuditRow, Conservation


class Wholeness(Opened):
    """Every call is one transaction."""

    def refold(self) -> list[str]:
        """Fold every history again and correct what was cached. The numbers that differed."""
        return refolding.refold(self._writing, machines=self._machines, now=self._now())

    def conservation(self) -> Conservation:
        """Files in = processed + quarantined + waiting, and whether everything has its other half."""
        with self._reading() as connection:
            return conserving.conservation(connection)

    def broken(self) -> list[str]:
        """The chains of hashes that are not whole: numbers of documents, and `audit`."""
        with self._reading() as connection:
            return auditing.broken(connection)

    def audit(self, entries: Sequence[AuditEntry]) -> None:
        with self._writing() as connection:
            auditing.write_audit(connection, entries, now=self._now())

    def audit_rows(self, *, limit: int | None = None, after: int | None = None) -> list[AuditRow]:
        with self._reading() as connection:
            return auditing.read_audit(connection, limit=limit, after=after)

    def dossier(self, number: str, *, enterprise: str = "") -> evidence.Dossier | None:
        """All that is evidence of one document, of one moment; None where there is none.

        enterprise: its code, where several of the home have a document of this number; else the first of them is taken."""
        with self._reading() as connection:
            heads.one_moment(connection)
            return evidence.dossier(connection, number, enterprise=enterprise, now=self._now())

    def audit_head(self) -> heads.AuditHead:
        """The end of the audit chain: how many entries, and the hash of the last."""
        with self._reading() as connection:
            return heads.audit_head(connection)

    def audit_hash_at(self, count: int) -> str:
        """The hash of the audit's entry of that number, "" where there is none."""
        with self._reading() as connection:
            return heads.audit_hash_at(connection, count)

    def heads_grown(self, *, since: int, after: int) -> list[heads.Head]:
        """A page of the documents whose chains grew at or after a moment (µs), behind an id."""
        with self._reading() as connection:
            return heads.grown(connection, since=since, after=after)

    def heads_at(self, wanted: Sequence[heads.Place]) -> dict[heads.Place, str]:
        """The hash that each chain had when it had so many events; what is gone is missing."""
        with self._reading() as connection:
            heads.one_moment(connection)
            return heads.heads_at(connection, wanted)

    def prove_page(self, after: int) -> proving.Page | None:
        """The next documents behind an id, each proved from its first event to its head; None at the end."""
        with self._reading() as connection:
            heads.one_moment(connection)
            return proving.document_page(connection, after)

    def prove_audit(self, anchored: Iterable[tuple[int, int, str]]) -> proving.AuditProof:
        """The audit from its first entry to its last, held against anchored heads: (line, count, hash), by growing count."""
        with self._reading() as connection:
            heads.one_moment(connection)
            return proving.prove_audit(connection, anchored)

    def changed_bodies(self) -> list[tuple[str, str]]:
        """(sha256 as kept, as it is) of every byte string that is not what it was."""
        with self._reading() as connection:
            return list(proving.changed_bodies(connection))
