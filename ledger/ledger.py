"""All that is ever asked of the tables, by name. Every call takes a list and is one transaction."""

from __future__ import annotations

from ledger.doors.accounts import Accounts
from ledger.doors.coming import Coming
from ledger.doors.leaving import Leaving
from ledger.doors.questions import Questions
from ledger.doors.wholeness import Wholeness


class Ledger(Leaving, Coming, Questions, Accounts, Wholeness):
    """The ledger of one database.

    now: business time, µs UTC. machines: the states of a kind in a version.
    Every method raises LedgerError where the database is busy, gone or full; then nothing of the call is there.
    """
