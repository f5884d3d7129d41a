"""What is asked: documents, messages, references, counts, stock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ledger import asking, attaching, listing, querying, stock
from ledger.doors.opened import Opened
from ledger.rows import (
    Attached,
    Batch,
    Counts,
    DocumentRow,
    History,
    Known,
    Number,
    Reference,
    Seen,
    Sent,
    Sheets,
    Span,
    Term,
)


class Questions(Opened):
    """Every call is one transaction."""

    def known(self, references: Iterable[Reference]) -> dict[Reference, Known]:
        with self._reading() as connection:
            return asking.known(connection, references)

    def repeats(self, keys: Iterable[asking.Repeat], *, since: int) -> dict[asking.Repeat, str]:
        with self._reading() as connection:
            return asking.repeats(connection, keys, since=since)

    def lives(self, numbers: Iterable[Number]) -> dict[Number, DocumentRow]:
        with self._reading() as connection:
            return asking.lives(connection, numbers, now=self._now())

    def find(self, numbers: Iterable[str]) -> dict[str, list[DocumentRow]]:
        with self._reading() as connection:
            return asking.find(connection, numbers, now=self._now())

    def about(self, numbers: Iterable[str]) -> list[DocumentRow]:
        with self._reading() as connection:
            return asking.about(connection, numbers, now=self._now())

    def files(self, number: Number) -> list[Attached]:
        """Those that came with a document, of either end."""
        with self._reading() as connection:
            return attaching.of_document(connection, number)

    def carried(self, parents: Iterable[Number]) -> dict[Number, list[DocumentRow]]:
        with self._reading() as connection:
            return asking.carried(connection, parents, now=self._now())

    def sent_counts(self, keys: Iterable[tuple[int, str, str]]) -> dict[tuple[int, str, str], int]:
        with self._reading() as connection:
            return asking.sent_counts(connection, keys)

    def messages_sent(self, cop_msg_ids: Iterable[str]) -> dict[str, Sent]:
        with self._reading() as connection:
            return asking.messages_sent(connection, cop_msg_ids)

    def messages_named(self, file_names: Iterable[str]) -> dict[str, Sent]:
        with self._reading() as connection:
            return asking.messages_named(connection, file_names)

    def message_body(self, id_: int | str) -> bytes | None:
        with self._reading() as connection:
            return asking.message_body(connection, id_)

    def documents(
        self,
        *,
        number: str | None = None,
        reference: str | None = None,
        kind: str | None = None,
        state: str | None = None,
        since: int | None = None,
        overdue: bool | None = None,
        enterprise: str | None = None,
        limit: int | None = None,
        after: str | None = None,
    ) -> list[DocumentRow]:
        wanted = {"number": number, "reference": reference, "kind": kind, "state": state}
        with self._reading() as connection:
            return listing.documents(
                connection, wanted, now=self._now(), since=since, overdue=overdue, enterprise=enterprise,
                limit=limit, after=after,
            )  # fmt: skip

    def page(
        self,
        kinds: Sequence[str],
        terms: Sequence[Term],
        span: Span | None,
        *,
        owner: str | None = None,
        limit: int,
        after: Seen | None = None,
    ) -> list[DocumentRow]:
        """The next rows of a query screen, the latest changed first, with what was declared."""
        with self._reading() as connection:
            return querying.page(connection, kinds, terms, span, owner=owner, limit=limit, after=after, now=self._now())

    def moments(self, wanted: Sequence[tuple[int, str, str]]) -> dict[tuple[int, str, str], str]:
        """By (enterprise_id, number, code of an event): the moment that is stated of it, 17 digits; none is missing."""
        with self._reading() as connection:
            return querying.moments(connection, wanted)

    def history(self, number: str, *, enterprise: str | None = None) -> History | None:
        with self._reading() as connection:
            return listing.history(connection, number, enterprise=enterprise, machines=self._machines, now=self._now())

    def sheets(self, kind: str, *, owner: str | None = None) -> list[Sheets]:
        """Blank forms by enterprise, family, state and application."""
        with self._reading() as connection:
            return stock.sheets(connection, kind, owner=owner)

    def batches(self, kind: str, *, owner: str | None = None) -> list[Batch]:
        """The applications that blank forms were handed out for."""
        with self._reading() as connection:
            return list(stock.batches(connection, kind, owner=owner))

    def counts(self) -> Counts:
        with self._reading() as connection:
            return listing.counts(connection, now=self._now())
