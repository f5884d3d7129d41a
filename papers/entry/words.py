"""What an entry certificate says, word for word as the manuals' pages have it (manual 000 §2; manual 001 §6.2.2), from a request
or a certificate.

Empty is `***`, marks that there are none `N/M`, amounts stand behind `**`, a day is 2024年07月26日. Where there are several
goods, the boxes that are about goods say 见货物清单, and the list is a page of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from mappings.codes import code_list

EMPTY, NO_MARKS, SEE_LIST, PREFIX = "***", "N/M", "见货物清单", "**"
CERTIFIED = "上述货物经检验检疫合格评定，予以通关放行。"
LIST_TITLE = "货物清单"
GOODS_LABELS = ("序号", "品名", "产地", "规格", "数/重量", "生产日期")


@dataclass(frozen=True, slots=True)
class Line:
    """One of the goods, as it is printed. The order of its fields is that of GOODS_LABELS."""

    number: str
    name: str
    origin: str
    spec: str
    amount: str
    produced: str


@dataclass(frozen=True, slots=True)
class Words:
    """boxes: what the page of 000 §2 shows, by its labels and in its order. certified: the sentence, also where the box
    sends to the list. listed: the goods have a page of their own."""

    number: str
    boxes: Mapping[str, str]
    certified: str
    lines: tuple[Line, ...]

    @property
    def listed(self) -> bool:
        return len(self.lines) > 1


def words(content: Mapping[str, Any]) -> Words:
    """content: of an entry_certificate_request, or an entry_certificate as customs brought it."""
    goods: Sequence[Mapping[str, Any]] = content.get("goods") or ()
    lines = tuple(_line(each) for each in goods)
    several, only = len(lines) > 1, goods[0] if len(goods) == 1 else {}
    certified = _text(content, "certification_text", CERTIFIED)
    number = _text(content, "entry_certificate_no")
    boxes = {
        "证书编号": number,
        "收货人": _text(content, "domestic_consignee_name"),
        "发货人": _text(content, "overseas_consignor_name_zh", _text(content, "overseas_consignor_name")),
        "品名": SEE_LIST if several else _text(only, "entry_goods_name"),
        "申请数量/重量": SEE_LIST if several else _amount(only),
        "包装种类及数量": _counted(content, "package_count", "packaging", "packaging"),
        "输出国家或地区": _named(content, "export_country", "country"),
        "合同号": _text(content, "contract_no"),
        "提/运单号": _text(content, "bill_no"),
        "入境口岸": _named(content, "entry_port", "domestic_port"),
        "入境日期": _day(content, "entry_date"),
        "标记及号码": _text(content, "marks", NO_MARKS),
        "证明栏内容": SEE_LIST if several else certified,
        "备注栏内容": _text(content, "certificate_remark"),
        "签证日期": _day(content, "issue_date"),
    }
    return Words(number, boxes, certified, lines)


def _line(item: Mapping[str, Any]) -> Line:
    return Line(
        number=str(item["goods_line_no"]),
        name=_text(item, "entry_goods_name"),
        origin=_named(item, "origin_country", "country"),
        spec=_text(item, "goods_spec"),
        amount=_amount_of_line(item),
        produced=_day(item, "production_date"),
    )


def _amount(item: Mapping[str, Any]) -> str:
    """What there is of it: 001 §6.2.2 has **1111千克 where only the weight is known."""
    return "/".join(part for part in _parts(item) if part != PREFIX) or EMPTY


def _amount_of_line(item: Mapping[str, Any]) -> str:
    """Both places are kept in a list: **/**1111千克."""
    parts = _parts(item)
    return "/".join(parts) if any(part != PREFIX for part in parts) else EMPTY


def _parts(item: Mapping[str, Any]) -> tuple[str, str]:
    pairs = (("goods_quantity", "quantity_unit"), ("weight", "weight_unit"))
    found = [_counted(item, value, unit, "unit") for value, unit in pairs]
    first, second = (PREFIX if part == EMPTY else part for part in found)
    return first, second


def _counted(item: Mapping[str, Any], value: str, unit: str, list_: str) -> str:
    """**1散装. A code that its list does not have stands in brackets: it would be read as part of the number."""
    if item.get(value) is None:
        return EMPTY
    code = _text(item, unit, "")
    word = _named(item, unit, list_, "")
    return f"{PREFIX}{item[value]}{f'({code})' if code and word == code else word}"


def _text(item: Mapping[str, Any], name: str, empty: str = EMPTY) -> str:
    return str(item.get(name) or "").strip() or empty


def _named(item: Mapping[str, Any], name: str, list_: str, empty: str = EMPTY) -> str:
    """The word of a code; the code itself where the list does not have it."""
    code = _text(item, name, "")
    found = code_list(list_).rows.get(code)
    return found.name if found else code or empty


def _day(item: Mapping[str, Any], name: str) -> str:
    given = item.get(name)
    return f"{date.fromisoformat(str(given)):%Y年%m月%d日}" if given else EMPTY
