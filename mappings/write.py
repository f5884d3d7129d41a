"""Content to XML: the inverse of `read`. Empty fields are left out; the order is the contract's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mappings.backfill import spoken
from mappings.element import Field, Filler, Type
from mappings.kind import Direction, Group, Kind, Part

XSI = "http://www.w3.org/2001/XMLSchema-instance"

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


def write(kind: Kind, head: Mapping[str, Any], content: Mapping[str, Any], *, head_parts: tuple[Field, ...]) -> bytes:
    """The business XML of a message, UTF-8. `content` is canonical (as `check` gives it), `head` for outward kinds only."""
    body = _Writer().item(kind.shape(content), content, kind.format_field)
    front = f"<Head>{_Writer().item(head_parts, head)}</Head>" if kind.direction is Direction.OUT else ""
    spaces = f'xmlns="{kind.namespace}" xmlns:xsi="{XSI}"{_chosen(kind, content)}'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind.root} {spaces}>{front}{body}</{kind.root}>\n'.encode()


def completed(
    kind: Kind,
    content: Mapping[str, Any],
    *,
    number: str,
    carried: Sequence[str],
    facts: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    """The content with what others than the enterprise fill in: numbers, customs' facts, the format's titles.

    carried: numbers of the documents in the carrying group, in its order. facts: by document number.
    """
    whole = {**content, **_facts(kind, facts.get(number, {}))}
    group = kind.carries
    if group and group.kind:
        items = content.get(group.name) or ()
        whole[group.name] = [_carried(group.kind, item, n, facts) for item, n in zip(items, carried, strict=True)]
    return whole


def _carried(
    kind: Kind, item: Mapping[str, Any], number: str, facts: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    return {**item, **spoken(kind, item), **_facts(kind, facts.get(number, {})), kind.serial_field: number}


def _facts(kind: Kind, facts: Mapping[str, str]) -> dict[str, Any]:
    return {f.id: facts[f.id] for f in kind.fields if f.by in (Filler.CUSTOMS, Filler.GATEWAY) and f.id in facts}


class _Writer:
    def item(self, parts: tuple[Part, ...], values: Mapping[str, Any], skip: str = "") -> str:
        found = []
        for part in parts:
            value = values.get(part.id if isinstance(part, Field) else part.name)
            if value in (None, "", []) or (skip and isinstance(part, Field) and part.id == skip):
                continue
            found.append(_field(part, value) if isinstance(part, Field) else self.group(part, value))
        return "".join(found)

    def group(self, group: Group, items: list[Mapping[str, Any]]) -> str:
        inner = "".join(self.entry(group, item) for item in items)
        return f"<{group.wrapper}>{inner}</{group.wrapper}>"

    def entry(self, group: Group, item: Mapping[str, Any]) -> str:
        kind = group.kind
        inner = self.item(group.shape(item), item, kind.format_field if kind else "")
        return f"<{group.element}{_chosen(kind, item) if kind else ''}>{inner}</{group.element}>"


def _chosen(kind: Kind, item: Mapping[str, Any]) -> str:
    """The format of an item, as the type of its element."""
    return f' xsi:type="{item[kind.format_field]}"' if kind.format_field else ""


def _field(field: Field, value: Any) -> str:
    element = field.element  # looked at, not cached by the field: its hash costs more than this
    name = element.element
    if element.type is Type.FLAG:
        return f"<{name}>{int(value)}</{name}>"
    return f"<{name}>{str(value).translate(_ESCAPES)}</{name}>"
