"""空白证书领取通知: what was applied for, by whom and where it lies. The manuals name it (002 §4.4.4) and show no picture:
its page is ours, made of the fields that the screen of the application shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files

from papers.typesetting import typeset


@dataclass(frozen=True, slots=True)
class Line:
    """format: code and name. quantity: sheets applied for."""

    format: str
    quantity: int


@dataclass(frozen=True, slots=True)
class PickupNotice:
    """fields: label to value, in the order in which they stand. accepted_at, printed_at: Beijing time, to the second."""

    number: str
    fields: Mapping[str, str]
    lines: tuple[Line, ...]
    accepted_at: str
    printed_at: str


def pdf(notice: PickupNotice) -> bytes:
    """One page of A4, more where the lines need them. Raises PaperError."""
    data = asdict(notice) | {
        "fields": [[label, value] for label, value in notice.fields.items()],
        "lines": [[str(n), line.format, str(line.quantity)] for n, line in enumerate(notice.lines, 1)],
        "total": str(sum(line.quantity for line in notice.lines)),
    }
    return typeset(files("papers.pickup").joinpath("notice.typ"), data, date=notice.printed_at[:10])
