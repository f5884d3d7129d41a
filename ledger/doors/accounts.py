"""Accounts of a day laid side by side, and what differs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ledger import days, differences, stating
from ledger.doors.opened import Opened
from ledger.rows import Account, DayLine, DayRow, Difference, DifferenceRow


class Accounts(Opened):
    """Every call is one transaction."""

    def account(self, enterprise_id: int, date: str) -> Account:
        """Customs' account of a day, as its statements told it."""
        with self._reading() as connection:
            return stating.account(connection, enterprise_id, date)

    def day(self, enterprise_id: int, date: str, numbers: Iterable[str] = ()) -> list[DayLine]:
        """Our account of a day: the documents with a part in it, or those of the numbers, as they stood at its end."""
        wanted = list(numbers)
        with self._reading() as connection:
            if wanted:
                return days.named(connection, enterprise_id, wanted, date, machines=self._machines)
            return days.day(connection, enterprise_id, date, machines=self._machines)

    def compared(
        self, enterprise_id: int, date: str, found: Sequence[Difference], *, matched: int, complete: bool
    ) -> DayRow:
        with self._writing() as connection:
            return differences.compared(
                connection, enterprise_id, date, found, matched=matched, complete=complete, now=self._now()
            )

    def settle_differences(self, ids: Sequence[int], *, by: str, why: str) -> list[int]:
        """A person's word; audited. The ids that were open to it."""
        with self._writing() as connection:
            return differences.settle(connection, ids, by=by, why=why, now=self._now())

    def differences(self, *, date: str | None = None, open_only: bool = True) -> list[DifferenceRow]:
        with self._reading() as connection:
            return differences.differences(connection, date=date, open_only=open_only)

    def days(self, *, open_only: bool = False) -> list[DayRow]:
        with self._reading() as connection:
            return differences.days(connection, open_only=open_only)
