"""What a ledger refuses.

LedgerError(Refused)   SYS_DATABASE (busy, gone), DB_CORRUPT (damaged), SYS_DISK (full, read-only, failing), SYS_FSYNC (a commit
                       that the disk did not confirm): `detail` is the database's own sentence
"""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from mappings.faults import Refused

# SQLite's names of its errors, by how they begin; PostgreSQL's SQLSTATE likewise. The first that fits counts.
_CODES = (
    ("SQLITE_IOERR_FSYNC", "SYS_FSYNC"),
    ("SQLITE_IOERR_DIR_FSYNC", "SYS_FSYNC"),
    ("SQLITE_IOERR", "SYS_DISK"),
    ("SQLITE_FULL", "SYS_DISK"),
    ("SQLITE_READONLY", "SYS_DISK"),
    ("SQLITE_CANTOPEN", "SYS_DISK"),
    ("SQLITE_BUSY", "SYS_DATABASE"),
    ("SQLITE_LOCKED", "SYS_DATABASE"),
    ("SQLITE_CORRUPT", "DB_CORRUPT"),
    ("SQLITE_NOTADB", "DB_CORRUPT"),
    ("53100", "SYS_DISK"),  # disk_full
    ("58030", "SYS_DISK"),  # io_error
    ("08", "SYS_DATABASE"),  # connection
    ("40", "SYS_DATABASE"),  # deadlock, serialization: rolled back whole, to be done again
    ("53", "SYS_DATABASE"),  # too many connections, out of memory
    ("55P03", "SYS_DATABASE"),  # lock_not_available
    ("57", "SYS_DATABASE"),  # shut down, cancelled
)


class LedgerError(Refused):
    """The ledger could not do it now; nothing of the transaction is there."""


def refusal(error: DBAPIError) -> LedgerError | None:
    """The table's word for an error of the database; None for a mistake of ours, which must be seen as it is."""
    name = _name(error)
    code = next((code for prefix, code in _CODES if name.startswith(prefix)), None)
    return LedgerError(code, detail=str(error.orig).strip() or name) if code else None


def _name(error: DBAPIError) -> str:
    original = error.orig
    named = getattr(original, "sqlite_errorname", None) or getattr(original, "sqlstate", None)
    if named:
        return str(named)
    # psycopg has no SQLSTATE when there was no server to give one: the connection is what failed
    return "08" if type(original).__module__.startswith("psycopg") and error.connection_invalidated else _lost(original)


def _lost(original: BaseException | None) -> str:
    return "08" if type(original).__name__ == "OperationalError" and hasattr(original, "sqlstate") else ""
