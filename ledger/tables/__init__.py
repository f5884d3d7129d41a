"""The tables: one schema for SQLite and PostgreSQL, no extension, JSON as text, µs UTC as integers.

What must be unique for ever is a key here: a reference of an enterprise (seen_reference), a message id of a sender
(message), a file of a channel (arrival), a document's n-th event (event). No row of these is ever deleted; a purge
empties bodies. Two partial indexes are made by a column that is NULL when its row is done (`due_at`), because both
databases see that `due_at <= ?` wants no NULL, and SQLite proves nothing harder than that from a parameter.
"""

from __future__ import annotations

from ledger.tables.accounts import audit, difference, reconciled, stated, statement, tally
from ledger.tables.documents import declaration, document, enterprise, event, notice, question, seen_reference, series
from ledger.tables.schema import metadata
from ledger.tables.travelling import arrival, attachment, attempt, body, carries, channel, forward, message, outbox

__all__ = [
    "arrival",
    "attachment",
    "attempt",
    "audit",
    "body",
    "carries",
    "channel",
    "declaration",
    "difference",
    "document",
    "enterprise",
    "event",
    "forward",
    "message",
    "metadata",
    "notice",
    "outbox",
    "question",
    "reconciled",
    "seen_reference",
    "series",
    "stated",
    "statement",
    "tally",
]
