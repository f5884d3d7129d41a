"""Tables of elements as the trade prints them: path, Chinese name, type, length, required, code list, sample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mappings.element import Element, Field, Filler, Type
from mappings.kind import Format, Group, Kind, Part
from papers.interface.blocks import Grid, Words

SHARES = (4, 20, 18, 14, 6, 10, 22)
_BY = {
    Filler.ENTERPRISE: ("企业", "enterprise"),
    Filler.GATEWAY: ("网关", "gateway"),
    Filler.CUSTOMS: ("海关", "customs"),
    Filler.FORMAT: ("格式", "format"),
    Filler.FILE: ("附件", "the file itself"),
}


def elements(parts: Iterable[Part], words: Words) -> Grid:
    """One row an element, groups with their occurrence, in the order of the XML."""
    rows = [(str(n), *row) for n, row in enumerate(_rows(parts, "", words), start=1)]
    head = (
        words("序号", "no"), words("元素", "element"), words("中文名称", "name"), words("类型及长度", "type"),
        words("必填", "needed"), words("填写方", "filled by"), words("代码表、样例", "codes, sample"),
    )  # fmt: skip
    return Grid(head, rows, SHARES)


def of_format(format_: Format, words: Words) -> Grid:
    return elements(format_.parts, words)


def _rows(parts: Iterable[Part], path: str, words: Words) -> Iterator[tuple[str, ...]]:
    for part in parts:
        if isinstance(part, Field):
            yield _field(part, path, words)
        else:
            yield from _group(part, path, words)


def _field(field: Field, path: str, words: Words) -> tuple[str, ...]:
    name = field.zh if words.lang == "zh" or field.zh == field.en else f"{field.zh} {field.en}"
    needed = words("是", "yes") if field.required else ""
    return (
        path + field.element.element, name, type_of(field.element), needed, words(*_BY[field.by]), _hint(field.element, words),
    )  # fmt: skip


def _group(group: Group, path: str, words: Words) -> Iterator[tuple[str, ...]]:
    most = str(group.max) if group.max else "n"
    at = f"{path}{group.wrapper}/{group.element}"
    name = words(group.zh, f"{group.zh} {group.en}")
    needed = words("是", "yes") if group.min else ""
    yield at, name, f"{group.min}..{most}", needed, "", _carried(group.kind, words)
    yield from _rows(group.kind.parts if group.kind else group.parts, f"{at}/", words)


def _carried(kind: Kind | None, words: Words) -> str:
    if kind is None:
        return ""
    chosen = words("，格式以 xsi:type 选择", ", its format chosen by xsi:type") if kind.format_field else ""
    return f"{words(kind.zh, kind.en)}{chosen}"


def type_of(element: Element) -> str:
    """C: characters, N: digits, `..` up to. A decimal says total and fraction digits."""
    match element.type:
        case Type.INTEGER:
            return f"N..{len(str(element.max))} ({element.min}–{element.max})"
        case Type.DECIMAL:
            return f"N..{element.digits},{element.places}"
        case Type.DATE:
            return "YYYY-MM-DD"
        case Type.DATETIME:
            return "N17"
        case Type.FLAG:
            return "0 | 1"
        case Type.IDENTIFIER if element.grammar:
            return element.grammar.pattern.pattern
        case _:
            return f"C..{element.max}"


def _hint(element: Element, words: Words) -> str:
    listed = words(f"代码表 {element.codes}；", f"codes: {element.codes}; ") if element.codes else ""
    return f"{listed}{element.example}"
