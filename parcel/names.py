"""Names of files on the wire: what stands in them is read from the whole name, never searched for (profile, Names).

    out        CERTAPP_A20260000000000017_20261121093015123_t-0.xml
    technical  Successed_CERTAPP_A20260000000000017_20261121093015123_t-0_20261121093016001000.xml
    business   Receipt_A20260000000000017_20261121103015123001.xml

A name that is not of the form parses to None. The words Successed and Failed are spelled as the import client does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_OUT = r"(?P<type>[A-Z0-9]{2,12})_(?P<out>[A-Z0-9]{18}|[0-9a-f]{32})_(?P<at>[0-9]{17})_t-(?P<n>0|[1-9][0-9]{0,4})"
_EXTENSION = r"\.(?P<extension>(?i:xml|zip))"
_STAMPED = r"_(?P<time>[0-9]{14,22})"
_TIME = rf"{_STAMPED}\.(?i:xml)"
OUT = re.compile(f"{_OUT}{_EXTENSION}")
COPY = re.compile(f"{_OUT}(?:{_EXTENSION})?{_TIME}")
TECHNICAL = re.compile(f"(?P<word>Successed|Failed)_{_OUT}(?:{_EXTENSION})?{_TIME}")
BUSINESS = re.compile(rf"Receipt_(?P<number>[A-Za-z0-9]{{1,36}}){_STAMPED}\.(?P<ending>(?i:xml|zip))")


@dataclass(frozen=True, slots=True)
class OutName:
    """The name of a message that an enterprise sends.

    type: 2-12 capital letters or digits. number: 18 of them, or a notice's 32 hexadecimal digits.
    stated: 17 digits, Beijing time. submission: 0 for the first.
    extension: `xml`, `zip`, or "" where a receipt names the file without it (`same` compares such names).
    """

    type: str
    number: str
    stated: str
    submission: int
    extension: str = "xml"

    def __post_init__(self) -> None:
        if not re.fullmatch(f"{_OUT}(?:{_EXTENSION})?", self.text) or self.extension != self.extension.lower():
            raise ValueError(f"no name of a message: {self.text!r}")

    @property
    def stem(self) -> str:
        """The name without extension: what technical receipts are matched by."""
        return f"{self.type}_{self.number}_{self.stated}_t-{self.submission}"

    @property
    def text(self) -> str:
        return f"{self.stem}.{self.extension}" if self.extension else self.stem

    def same(self, other: OutName) -> bool:
        """True when both name one message; a name told without extension fits either."""
        return self.stem == other.stem and (
            self.extension == other.extension or not (self.extension and other.extension)
        )

    @classmethod
    def parse(cls, text: str) -> OutName | None:
        found = OUT.fullmatch(text)
        return _out(found) if found else None


@dataclass(frozen=True, slots=True)
class InName:
    """The name of a message that customs' end sends.

    succeeded: what a technical receipt says; None for a business one. out: the file that a technical receipt answers.
    number: of the document, by either. stamp: 17 digits, Beijing time. tail: the digits behind them, ours a counter of 3.
    """

    number: str
    stamp: str
    succeeded: bool | None = None
    out: OutName | None = None
    tail: str = ""
    extension: str = "xml"  # zip where a certificate comes along

    @property
    def text(self) -> str:
        head = f"Receipt_{self.number}" if self.out is None else f"{_WORDS[self.succeeded]}_{self.out.text}"
        return f"{head}_{self.stamp}{self.tail}.{self.extension}"


def technical_name(out: OutName, *, succeeded: bool, stamp: str, counter: int) -> InName:
    """Our own technical receipt about a file. Real clients tell its name without extension: `replace(out, extension="")`.

    stamp: 17 digits. counter: 0-999, kept by the caller, so that two names of one millisecond differ.
    """
    return InName(out.number, stamp, succeeded, out, f"{counter:03d}")


def receipt_name(number: str, *, stamp: str, counter: int, extension: str = "xml") -> InName:
    """Our own business receipt about the document `number`; stamp and counter as in `technical_name`."""
    return InName(number, stamp, tail=f"{counter:03d}", extension=extension)


def parse_in(name: str) -> InName | None:
    """What a file in an InBox is about. Times of 14 to 22 digits are read (real-messages 1.4)."""
    if found := TECHNICAL.fullmatch(name):
        out = _out(found)
        stamp, tail = _stamp(found["time"])
        return InName(out.number, stamp, found["word"] == _WORDS[True], out, tail)
    if found := BUSINESS.fullmatch(name):
        stamp, tail = _stamp(found["time"])
        return InName(found["number"], stamp, tail=tail, extension=found["ending"].lower())
    return None


def parse_copy(name: str) -> OutName | None:
    """Which file of ours lies in SentBox or FailBox: there a client may put `_` and a time behind its name."""
    found = COPY.fullmatch(name)
    return OutName.parse(name) or (_out(found) if found else None)


def _out(found: re.Match[str]) -> OutName:
    return OutName(found["type"], found["out"], found["at"], int(found["n"]), (found["extension"] or "").lower())


def _stamp(digits: str) -> tuple[str, str]:
    """-> 17 digits, those behind them. Fewer than 17 have no milliseconds that could be told from a counter."""
    return (digits[:17], digits[17:]) if len(digits) >= 17 else (f"{digits[:14]}000", "")


_WORDS = {True: "Successed", False: "Failed", None: "Receipt"}
