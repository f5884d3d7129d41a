"""Business messages that are well-formed and wrong (B39-B48), and comments that hide nothing (B71), each in a good seal."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.vectors.own.forge import seal
from tests.vectors.own.material import business, envelope, message

_QUANTITY = "<Quantity>11</Quantity>"
_OFFICE = "<CustomsOffice>2201</CustomsOffice>"
_DAY = "<IssueDate>2023-09-01</IssueDate>"
_LINES = "<Lines><Line><BlankFormat>C1-1</BlankFormat><Quantity>11</Quantity></Line></Lines>"


def blank(old: str = "", new: str = "") -> bytes:
    """A blank application with one thing other; `old` must stand there once."""
    return message(_spoilt(business(), old, new))


def certificate(old: str, new: str) -> bytes:
    text = business("certificate_application")
    return message(text.replace(old, new, 1), msg_type="CERTAPP")


def _spoilt(text: str, old: str, new: str) -> str:
    assert not old or text.count(old) == 1, old
    return text.replace(old, new)


def _quantity(text: str) -> Callable[[], bytes]:
    return lambda: blank(_QUANTITY, f"<Quantity>{text}</Quantity>")


def _day(text: str) -> Callable[[], bytes]:
    return lambda: certificate(_DAY, f"<IssueDate>{text}</IssueDate>")


def _remark(text: str) -> Callable[[], bytes]:
    return lambda: blank("<Lines>", f"<Remark>{text}</Remark><Lines>")


_FORMAT = re.compile('xsi:type="[^"]+"')
BUSINESS: dict[str, Callable[[], bytes]] = {
    "good-blank": blank,
    "good-certificate": lambda: certificate("", ""),
    "full-width-digits": _quantity("１１"),
    "full-width-date": _day("２０２３-09-01"),
    "zero-width-in-name": _remark("好\u200b公司"),
    "rtl-in-name": _remark("invoice\u202efdp.exe"),
    "unknown-namespace": lambda: blank("urn:customs-gateway:blankapp:1", "urn:somebody:else:1"),
    "no-namespace": lambda: blank(' xmlns="urn:customs-gateway:blankapp:1"', ""),
    "unknown-root-in-known-namespace": lambda: message(business().replace("BlankCertificateApplication", "Blank")),
    "unknown-envelope": lambda: seal(envelope().replace("DxpMsg", "DxpOther")),
    "unknown-version": lambda: blank("blankapp:1", "blankapp:9"),
    "type-told-wrongly": lambda: message(msg_type="CERTAPP"),
    "required-missing": lambda: blank(_OFFICE, ""),
    "required-empty": lambda: blank(_OFFICE, "<CustomsOffice/>"),
    "head-missing": lambda: message(business().partition("<Head>")[0] + business().partition("</Head>")[2]),
    "remark-1024": _remark("备" * 1024),
    "remark-1025": _remark("备" * 1025),
    "remark-rare-1024": _remark("𠮷" * 1024),
    "date-30-february": _day("2026-02-30"),
    "date-slashes": _day("2026/1/1"),
    "date-digits": _day("20260101"),
    "date-zone": _day("2026-01-01Z"),
    "number-comma": _quantity("1,000"),
    "number-unit": _quantity("11份"),
    "number-negative": _quantity("-11"),
    "number-exponent": _quantity("1e1"),
    "number-hex": _quantity("0x0B"),
    "number-decimal": _quantity("11.0"),
    "unknown-element": lambda: blank("<Lines>", "<Surprise/><Lines>"),
    "unknown-attribute": lambda: blank("<Lines>", '<Lines nil="1">'),
    "order-wrong": lambda: blank(_OFFICE + _LINES, _LINES + _OFFICE),
    "element-twice": lambda: blank(_OFFICE, _OFFICE * 2),
    "text-between": lambda: blank("<Lines>", "left over<Lines>"),
    "foreign-namespace-element": lambda: blank("<Lines>", '<x:Remark xmlns:x="urn:x">1</x:Remark><Lines>'),
    "unknown-format": lambda: certificate(
        _FORMAT.findall(business("certificate_application"))[0], 'xsi:type="C9-9.en"'
    ),
    "judges-disagree": _quantity("1_1"),
    "prefixed-root": lambda: message(_prefixed()),
    "comment-in-value": lambda: blank("<Reference>R-1", "<Reference>R<!-- 2 -->-1"),
    "comment-in-base64": lambda: message(data=_broken_base64()),
    "cdata-in-value": lambda: blank("<Reference>R-1", "<Reference><![CDATA[R-1]]>"),
}


def _broken_base64() -> str:
    whole = message().decode().partition("<dxp:Data>")[2].partition("</dxp:Data>")[0]
    return f"{whole[:60]}<!-- x -->\n{whole[60:]}"


def _prefixed() -> str:
    """The same message with a prefix, as other writers put it; the other namespace is declared first."""
    text = re.sub("<(/?)([A-Z])", r"<\1b:\2", business())
    return re.sub(" xmlns=([^ ]+) (xmlns:xsi=[^>]+)>", r" \2 xmlns:b=\1>", text)
