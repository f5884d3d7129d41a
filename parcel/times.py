"""Times as customs' systems write them, as 17 digits of Beijing time (real-messages 5).

All are Beijing's local time without an offset, except an xs:dateTime that names its own.
"""

from __future__ import annotations

import re
from datetime import datetime

from mappings.clock import BEIJING

_DIGITS = re.compile(r"(\d{8})T?(\d{6})(\d{0,3})\d*")
_DAY = re.compile(r"(\d{4})[-/]?(\d{2})[-/]?(\d{2})")


def beijing(text: str) -> str:
    """`YYYYMMDDTHHMMSSmm`, 14 or 17 digits (and more behind them), `yyyy-MM-dd HH:mm:ss`, ISO with or without zone, a day.

    -> 17 digits; "" for what is no moment of the calendar.
    """
    text = text.strip()
    if found := _DIGITS.fullmatch(text):
        return _checked(found[1] + found[2] + found[3].ljust(3, "0"))
    if found := _DAY.fullmatch(text):
        return _checked("".join(found.groups()) + "000000000")
    try:
        moment = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return ""
    local = moment.astimezone(BEIJING) if moment.tzinfo else moment
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"


def _checked(digits: str) -> str:
    try:
        datetime.strptime(digits[:14], "%Y%m%d%H%M%S")
    except ValueError:
        return ""
    return digits
