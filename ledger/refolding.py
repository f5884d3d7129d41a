"""The doctor's way through all documents: fold every history again, page by page, and correct what was cached."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import Connection

from ledger.lives import Machines, load_page, write_lives
from ledger.statements import Tally

_PAGE = 200


def refold(writing: Callable[[], AbstractContextManager[Connection]], *, machines: Machines, now: int) -> list[str]:
    """A transaction a page, so that nobody waits for long. The numbers whose cached values were wrong."""
    found, after = list[str](), 0
    while True:
        with writing() as connection:
            page = load_page(connection, after, _PAGE, machines)
            wrong = [life for life in page if life.refold(now)]
            tally = Tally()
            write_lives(connection, wrong, tally, now)
            tally.write(connection)
        if not page:
            return found
        found += [life.number for life in wrong]
        after = page[-1].columns["id"]
