"""A first intake map for a file that nobody has described yet: what is likely is written, what is not is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from gateway.errors import Unreadable
from gateway.intake.map_format import Form
from gateway.intake.map_likeness import Column, Seen, Slot, look, matched, slots
from gateway.intake.map_rows import BadSheet
from mappings.element import Field, Filler
from mappings.kind import Direction
from mappings.load import Contract

OWN_NUMBER = ("单据号", "单据编号", "单号", "申请单号", "业务编号", "企业内部编号", "reference", "document number")
MOST_CODES = 30  # different cells of a code column that are listed

Found = dict[int, tuple[Column, float]]


def draft(data: bytes, file_name: str, kind: str, contract: Contract) -> str:
    """The TOML of a map for files like this one. Raises Unreadable when there is no such kind or no text in the file."""
    chosen = contract.kinds.get(kind)
    if chosen is None or chosen.direction is not Direction.OUT:
        known = "、".join(k.name for k in contract.kinds.values() if k.direction is Direction.OUT)
        raise Unreadable("DECL_KIND", found=kind, want=known)
    try:
        seen = look(data)
    except BadSheet as bad:
        raise Unreadable(bad.faults[0].code, detail=bad.faults[0].zh, path=file_name) from bad
    own = contract.dictionary.elements["reference"]
    head = Slot("", Field(own, required=True, by=Filler.ENTERPRISE, zh=own.zh, en=own.en), {})
    number = _own_number(seen.columns)
    rest = [column for column in seen.columns if column is not number]
    all_slots = list(slots(chosen.parts, chosen))
    found = matched(all_slots, rest)
    lines = [
        f"# {_plain(file_name)} → {chosen.zh} {chosen.name}",
        "# 由 gateway map draft 按表头起草，请逐行核对；带 # 的行尚未确定。",
        "# Drafted from the labels: check every line; those behind a # are not decided.",
        f"kind = {_quoted(chosen.name)}",
        "",
        *_source(seen),
        *_head(number, head, rest, grouped=seen.form is Form.CSV),
        *_levels(all_slots, found, rest),
        *_codes(all_slots, found),
        *_unused(all_slots, found, rest),
    ]
    return "\n".join(lines) + "\n"


def _own_number(columns: Sequence[Column]) -> Column | None:
    names = {column.name.casefold(): column for column in columns if not column.inside}
    ends = [name for name in names if name.endswith(OWN_NUMBER)]
    if ends:
        return names[ends[0]]
    near = [hit for word in OWN_NUMBER for hit in get_close_matches(word, names, n=1, cutoff=0.75)]
    return names[near[0]] if near else None


def _source(seen: Seen) -> Iterator[str]:
    yield "[source]"
    yield f"form = {_quoted(seen.form.value)}"
    yield f'encoding = "auto"  # {seen.encoding.value}'
    if seen.form is Form.CSV:
        yield f"delimiter = {_quoted(seen.delimiter)}"
        yield f"header_row = {seen.header_row}"
    yield ""


def _head(number: Column | None, slot: Slot, columns: Sequence[Column], *, grouped: bool) -> Iterator[str]:
    if number and grouped and (number.repeats or number.gaps):
        yield from ("[rows]", f"key = {_quoted(number.name)}  # 此列相同的行是一份申报 / rows of one declaration")
        if number.gaps:
            yield "fill_down = true  # 空白表示同上一行 / blank means: as above"
        yield ""
    yield "[reference]"
    yield f"column = {_quoted(number.name)}" if number else f'# column = "?"  {_asked(slot, columns)}'
    yield from (
        "",
        "[enterprise]",
        '# constant = "?"  # 企业的 10 位海关编码或 18 位社会信用代码 / customs or credit code',
        "",
    )


def _levels(all_slots: Sequence[Slot], found: Found, columns: Sequence[Column]) -> Iterator[str]:
    """Every level that has a field to write or to ask for."""
    for at in dict.fromkeys(slot.at for slot in all_slots):
        mine = [i for i, slot in enumerate(all_slots) if slot.at == at]
        deeper = any(all_slots[i].at.startswith(at) for i in found)
        if not deeper and not (at.count("groups.") < 2 and any(all_slots[i].field.required for i in mine)):
            continue
        if at and (shape := list(_shape(at, all_slots, found))):
            yield from (f"[{at.rstrip('.')}]", *shape)
        yield f"[{at}fields]"
        for i in mine:
            yield from _field(all_slots[i], found.get(i), columns)
        yield ""


def _shape(at: str, all_slots: Sequence[Slot], found: Found) -> Iterator[str]:
    inside = [column.inside for i, (column, _) in found.items() if all_slots[i].at == at and column.inside]
    if inside:
        yield f"path = {_quoted(inside[0])}"
    elif any(all_slots[i].at.startswith(f"{at}groups.") for i in found):
        yield '# key = "?"  # 此列相同的行是同一项 / rows of one item have this column in common'
        yield "one = true  # 或者：整份单据只有一项 / or: the whole document has one"


def _field(slot: Slot, hit: tuple[Column, float] | None, columns: Sequence[Column]) -> Iterator[str]:
    if hit:
        column, score = hit
        source = _quoted(column.name)
        if _coded(slot, column):
            source = f"{{ column = {source}, codes = {_quoted(slot.field.id)} }}"
        yield f"{slot.field.id} = {source}  # {slot.field.zh} / {slot.field.en} ({min(score, 1):.2f})"
    elif slot.field.required or _near(slot, columns):
        yield f'# {slot.field.id} = "?"  {_asked(slot, columns)}'


def _asked(slot: Slot, columns: Sequence[Column]) -> str:
    needed = "必填 / required, " if slot.field.required else ""
    near = "、".join(f"「{_plain(column.name)}」{score:.2f}" for score, column in _near(slot, columns)) or "—"
    return f"# {slot.field.zh} / {slot.field.en}: {needed}最接近 / nearest: {near}"


def _near(slot: Slot, columns: Sequence[Column]) -> list[tuple[float, Column]]:
    scored = sorted(((slot.likeness(column), column) for column in columns), key=lambda pair: -pair[0])
    return [(score, column) for score, column in scored[:3] if score >= 0.3]


def _coded(slot: Slot, column: Column) -> bool:
    return bool(slot.choices) and not all(cell in slot.choices for cell in column.cells)


def _codes(all_slots: Sequence[Slot], found: Found) -> Iterator[str]:
    """A table for every column whose cells are not our codes: names are looked up, the rest is asked."""
    written: set[str] = set()
    for i, (column, _) in found.items():
        slot = all_slots[i]
        if not _coded(slot, column) or slot.field.id in written:
            continue
        written.add(slot.field.id)
        names = {name: code for code, name in reversed(list(slot.choices.items()))}
        yield f"[codes.{slot.field.id}]"
        for cell in column.cells[:MOST_CODES]:
            code = cell if cell in slot.choices else names.get(cell, "")
            near = get_close_matches(cell, names, n=3, cutoff=0.2)
            hint = "、".join(f"{names[name]} {_plain(name)}" for name in near) or "—"
            yield (
                f"{_quoted(cell)} = {_quoted(code)}" if code else f'# {_quoted(cell)} = "?"  # 最接近 / nearest: {hint}'
            )
        yield ""


def _unused(all_slots: Sequence[Slot], found: Found, columns: Sequence[Column]) -> Iterator[str]:
    used = {id(column) for column, _ in found.values()}
    for column in columns:
        if id(column) not in used:
            near = sorted(all_slots, key=lambda slot: -slot.likeness(column))[:2]
            names = "、".join(f"{slot.field.id} {slot.field.zh}" for slot in near)
            yield f"# 未用的列 / unused column「{_plain(column.name)}」: {names}?"


def _quoted(text: str) -> str:
    """A TOML basic string."""
    text = text.encode(errors="replace").decode().replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(f"\\u{ord(c):04X}" if c < " " or c == "\x7f" else c for c in text) + '"'


def _plain(text: str) -> str:
    """A text that may stand in a comment."""
    return "".join(c if c >= " " and c != "\x7f" else " " for c in text.encode(errors="replace").decode())
