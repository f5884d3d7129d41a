"""One call of the ledger, one transaction; and what a database that fails is called."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from ledger.errors import LedgerError, refusal

_WRITES = "ledger_writes"


def begin(connection: Connection) -> None:
    """SQLite's BEGIN: a writer takes its lock at once, because a reader that turns writer cannot wait for another."""
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Transactions:
    """Opens transactions of one engine. All raise LedgerError where the database is busy, gone or full.

    After a commit that the disk did not confirm nobody writes any more: the kernel forgets what it could not write, so
    a second fsync would succeed and lie (reliability P24). The restart reads what is truly there.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(**{_WRITES: True})
        self._stopped: LedgerError | None = None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        if self._stopped:
            raise self._stopped
        try:
            with self._writer.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise self._told(error) from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        try:
            with self.engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise self._told(error) from error

    def _told(self, error: DBAPIError) -> Exception:
        """The table's word for the error, else the error itself: a mistake of ours is not dressed up as bad luck."""
        told = refusal(error)
        if told and told.code == "SYS_FSYNC":
            self._stopped = told
        return told or error
