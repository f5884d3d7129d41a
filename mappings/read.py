"""XML to content: the inverse of `write`. Elements are found by local name, text is whole across comments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from mappings.element import Field, Type
from mappings.kind import Group, Kind, Part
from mappings.parser import children, local, whole_text
from mappings.write import XSI

_TYPE = f"{{{XSI}}}type"


@dataclass(frozen=True, slots=True)
class Message:
    """A business message as values. `head` is empty for inward kinds."""

    head: Mapping[str, Any]
    content: Mapping[str, Any]


def read(kind: Kind, root: etree._Element, *, head_parts: tuple[Field, ...]) -> Message:
    """The values of a message that its schema accepts. What the contract does not know is passed over."""
    front = next((child for child in children(root) if local(child) == "Head"), None)
    head = _item(head_parts, front) if front is not None else {}
    return Message(head, _of_kind(kind, root))


def _item(parts: tuple[Part, ...], element: etree._Element) -> dict[str, Any]:
    found = {local(child): child for child in children(element)}
    values: dict[str, Any] = {}
    for part in parts:
        if isinstance(part, Field):
            child = found.get(part.element.element)
            if child is not None and (text := whole_text(child)):
                values[part.id] = _value(part.element.type, text)
        elif (wrapper := found.get(part.wrapper)) is not None:
            values[part.name] = [_entry(part, child) for child in children(wrapper)]
    return values


def _entry(group: Group, element: etree._Element) -> dict[str, Any]:
    return _of_kind(group.kind, element) if group.kind else _item(group.parts, element)


def _of_kind(kind: Kind, element: etree._Element) -> dict[str, Any]:
    """The values of an element whose type is the format, where the kind has formats."""
    if not kind.format_field:
        return _item(kind.parts, element)
    chosen = {kind.format_field: (element.get(_TYPE) or "").rpartition(":")[2]}
    return chosen | _item(kind.shape(chosen), element)


def _value(type_: Type, text: str) -> str | int | bool:
    if type_ is Type.INTEGER:
        return int(text)
    return text == "1" if type_ is Type.FLAG else text
