"""The numbers that customs gives, as the manuals show them (domain.md part 2), each free when it is given.

Default counters live in the store. A story hands in exact ones: `exact={"customs_no": ["2201L2200000072"], …}`, by the
fact that they are, used up in order before anything is counted.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping
from random import Random

from mappings.clock import micros, stamp
from mappings.numbers import message_id
from simulator.store import Store

SECOND = 1_000_000  # µs
OFFICE = re.compile("[0-9]{2}[0-9A-Z]{2}")
FAMILY = re.compile("C([0-9])-([0-9])")
FORMS = 1000  # serials of one family under one pair of letters
LETTERS = 26
BRANCHES = 999  # certificates of one declaration


class Numbers:
    """One customs' counters. Every method is called inside a transaction of the store."""

    def __init__(
        self, store: Store, *, node: str, seed: int = 0, exact: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        self._store = store
        self._node = node
        self._seed = seed
        self._exact = {name: deque(values) for name, values in (exact or {}).items()}

    def message_id(self, stated: str) -> str:
        """A CopMsgId of customs."""
        return self._handed_in("message_id") or message_id(self._node, stated, self._store.count("message"))

    def file_counter(self) -> int:
        """0-999, so that two files of one millisecond have two names."""
        return self._store.count("file") % 1000

    def receipt_no(self, stated: str) -> str:
        """18 digits: the year and a serial (002 §4.4.1b)."""
        year = stated[:4]
        return self._handed_in("receipt_no") or f"{year}{self._store.count(f'receipt_no {year}'):014d}"

    def timed_customs_no(self, office: str, stated: str) -> str:
        """Office and second of the receipt, or the next second that is free (002 §4.4.1b: 010420221222121055)."""
        if handed := self._handed_in("customs_no"):
            return handed
        second = self._store.next_free(f"customs_no {office}", micros(stated) // SECOND)
        return f"{office}{stamp(second * SECOND)[:14]}"

    def blank_customs_no(self, office: str, letter: str, stated: str) -> str:
        """Office, L for applying or T for returning, year, serial (002 §4.4.4: 0101L2200000006)."""
        head = f"{office}{letter}{stated[2:4]}"
        return self._handed_in("customs_no") or f"{head}{self._store.count(f'customs_no {head}'):08d}"

    def certificate_no(self, inspection_no: str) -> str:
        """The inspection number and its next free branch (002 §4.4.2b: 222N01040001195001); after 999 branches the next
        inspection number's, which nothing but a test reaches."""
        if handed := self._handed_in("certificate_no"):
            return handed
        head, serial = inspection_no[:8], inspection_no[8:]
        return f"{head}{self._store.next_free(f'certificate_no {head}', int(f'{serial}001')):010d}"

    def entry_certificate_no(self, declaration_no: str) -> str:
        """The declaration's number and three digits (000 §2: 010120241000003567013). Raises LookupError after 999."""
        if handed := self._handed_in("entry_certificate_no"):
            return handed
        branch = self._store.count(f"entry_certificate_no {declaration_no}")
        if branch > BRANCHES:
            raise LookupError(f"{declaration_no}: more than {BRANCHES} certificates")
        return f"{declaration_no}{branch:03d}"

    def blank_serials(self, format_: str, count: int) -> list[str]:
        """Serials of paper forms, unique in their format: BA, family, 01, three digits (002 §4.4.5: BA0501020)."""
        waiting = self._exact.get("blank_serial", deque())
        handed = [waiting.popleft() for _ in range(min(count, len(waiting)))]
        wanted = count - len(handed)
        last = self._store.count(f"blank_serial {format_}", wanted) if wanted else 0
        family = _family(format_)
        return handed + [_blank_serial(family, n) for n in range(last - wanted + 1, last + 1)]

    def query_code(self, certificate_no: str) -> str:
        """Four digits (001 §6.4.2)."""
        dice = Random(f"{self._seed} {certificate_no}")  # noqa: S311  (four digits are no secret)
        return self._handed_in("query_code") or f"{dice.randrange(10_000):04d}"

    def office(self, code: str, default: str) -> str:
        """The four digits of an office that begin a customs number."""
        return code[:4] if OFFICE.fullmatch(code[:4]) else default

    def _handed_in(self, fact: str) -> str:
        waiting = self._exact.get(fact)
        return waiting.popleft() if waiting else ""


def _blank_serial(family: str, n: int) -> str:
    """The n-th of a format; the manual's begin at 011."""
    letters, serial = divmod(n + 10, FORMS)
    first, second = divmod(LETTERS + letters, LETTERS)  # BA, BB, …
    return f"{chr(ord('A') + first % LETTERS)}{chr(ord('A') + second)}{family}{serial:03d}"


def _family(format_: str) -> str:
    found = FAMILY.fullmatch(format_)
    return f"0{found[1]}0{found[2]}" if found else f"000{format_[-1:] if format_[-1:].isdecimal() else '0'}"
