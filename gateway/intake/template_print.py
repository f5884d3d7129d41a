"""A kind's template as a file to fill: the labels, and what each column takes."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.intake.map_format import Form, Map, Take
from gateway.intake.template import NOTE, labels, of_kind, serials, takes
from gateway.views.tables import to_csv, to_xlsx
from mappings.codes import code_list
from mappings.element import Element, Type
from mappings.kind import Kind
from mappings.load import Contract

ROWS = 200  # made ready for typing in a workbook
CODES = 40  # codes of one list that are shown; a longer list is named
HEAD = ("列 / column", "必填 / required", "内容 / content", "代码表 / codes", "示例 / example", "字段 / field")
GUIDE = "说明"
_WORDS = {
    Type.DATE: "日期 YYYY-MM-DD / date",
    Type.DATETIME: "时间，17 位数字 / time, 17 digits",
    Type.FLAG: "是或否 / 是 or 否",
}


def printed(kind: Kind, contract: Contract, *, csv: bool, format_: str = "") -> bytes:
    """The file to fill: a workbook with its guide on a second sheet, or a CSV whose second row says it."""
    map_ = of_kind(kind, contract, Form.CSV if csv else Form.XLSX, format_=format_)
    header = labels(map_)
    if csv:
        told = {take.columns[0][0]: f"{_required(take)}{content(take.field.element)}" for take in takes(map_)}
        return to_csv(header, [[NOTE, *(told.get(label) or _serial(map_, label) for label in header[1:])]])
    return to_xlsx({kind.zh: [header], GUIDE: list(_guide(map_, header))}, texts=ROWS)


def _guide(map_: Map, header: list[str]) -> Iterator[tuple[object, ...]]:
    yield HEAD
    by_label = {take.columns[0][0]: take for take in takes(map_)}
    for label in header:
        if take := by_label.get(label):
            element = take.field.element
            yield (label, "是 / yes" if take.field.required else "", content(element), codes(element), str(element.example),
                   take.field.id)  # fmt: skip
        else:
            yield label, "是 / yes", _serial(map_, label), "", "1", ""
    yield ()
    key, others = header[0], "、".join(serials(map_))
    yield (f"「{key}」相同的行是一份申报 / rows with the same {key} are one declaration",)
    if others:
        yield (f"同一份申报内，「{others}」相同的行是同一项 / rows with the same {others} are one item of it",)


def _serial(map_: Map, label: str) -> str:
    group = serials(map_)[label]
    return f"{group.zh}的序号，同一项的各行相同 / number of the item, the same in its rows"


def _required(take: Take) -> str:
    return "必填 required；" if take.field.required else ""


def content(element: Element) -> str:
    """What a cell of this field may hold, in few words."""
    match element.type:
        case Type.TEXT:
            return f"文字 ≤ {element.max} / text"
        case Type.CODE:
            return f"代码：{code_list(element.codes).zh} / code of {element.codes}"
        case Type.INTEGER:
            return f"整数 {element.min}-{element.max} / whole number"
        case Type.DECIMAL:
            return f"数字，{element.digits} 位内 {element.places} 位小数 / number"
        case Type.IDENTIFIER if element.grammar:
            return f"{element.grammar.zh} / {element.grammar.en}"
        case _:
            return _WORDS[element.type]


def codes(element: Element) -> str:
    """The codes of a short list; how many a long one has."""
    if not element.codes:
        return ""
    rows = code_list(element.codes).rows
    shown = "; ".join(f"{code} {row.name}".strip() for code, row in rows.items()) if len(rows) <= CODES else ""
    return shown or f"{element.codes}: {len(rows)}"
