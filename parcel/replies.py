"""Answers as they are in the field: many roots, one meaning. Read by local name, whatever the namespace or its absence.

The shapes are those of real-messages 5. What decides is the code alone: a success may carry a warning, and its sentence
is kept as it came. Nothing here writes: our own answer is `parcel.answer`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from lxml import etree

from mappings.parser import children, local
from parcel.dxp import invalid, text_of
from parcel.errors import EnvelopeRefused
from parcel.times import beijing


class Layer(StrEnum):
    """Who speaks: the platform, the client that stored the message, customs' business."""

    TRANSPORT = "transport"
    TECHNICAL = "technical"
    BUSINESS = "business"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that an answer says. ok: None where the code alone does not tell success from failure.

    ours: the number that we gave. numbers: those that the other side gave, by their elements' names.
    stated_at: 17 digits, Beijing time, "" where none is told. repeats: it says that this was declared before.
    """

    code: str
    info: str
    ok: bool | None
    ours: str = ""
    numbers: dict[str, str] = field(default_factory=dict)
    stated_at: str = ""

    @property
    def repeats(self) -> bool:
        return not self.ok and declared_before(self.code, self.info)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with its lines, at least one. Taken as one it says what the first failing line says."""

    layer: Layer
    root: str
    lines: tuple[Line, ...]

    @property
    def deciding(self) -> Line:
        return next((line for line in self.lines if line.ok is False), self.lines[0])


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a root says what. Each field: names of elements, of which the first that says something counts.

    record: the elements that are lines, "" for the root itself, "*" for those that hold a code.
    good: the code of success; "" where codes are statuses, None where every one is a failure.
    """

    layer: Layer
    roots: str  # a pattern
    record: str
    code: tuple[str, ...]
    info: tuple[str, ...]
    ours: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    good: str | None = "0"


SHAPES = (
    Shape(Layer.TRANSPORT, "DxpRep", "Response", ("ResponseCode",), ("ResponseInfo",), ("CopMsgId",), (), ("NoticeTime",)),
    Shape(Layer.TECHNICAL, "DecImportResponse", "", ("ResponseCode",), ("ErrorMessage",), ("ClientSeqNo",), ("SeqNo", "TrnPreId")),
    Shape(Layer.TECHNICAL, "CommonResponeMessage", "", ("DealFlag",), ("CheckInfo",), ("EtpsPreentNo",), ("SeqNo",)),
    Shape(Layer.TECHNICAL, "Root", "", ("failCode", "resultFlag"), ("failInfo", "retData"), good=None),
    Shape(Layer.TECHNICAL, "DecModSaveResponse", "", ("ResultCode",), ("ResultMessage",), (), ("EntryId",)),
    Shape(Layer.TECHNICAL, "Signature|Package", "*", ("PROC_RESULT",), ("PROC_DESC",), good="T"),
    Shape(Layer.BUSINESS, "DEC_DATA|DEC_RESULT", "DEC_RESULT", ("CHANNEL",), ("RESULT_INFO", "NOTE"), (),
          ("SEQ_NO", "CUS_CIQ_NO", "ENTRY_ID"), ("NOTICE_DATE",), good=""),
    Shape(Layer.BUSINESS, "Signature|Package", "HdeApprResult", ("manageResult",), ("rmk",), ("etpsPreentNo",), ("businessId",),
          ("manageDate",), good=""),
    Shape(Layer.BUSINESS, "Manifest", "Response", ("StatementCode",), ("StatementDescription",), (), ("MessageID",), ("SendTime",),
          good=""),
    Shape(Layer.BUSINESS, "DxpEciq|EciqResponse", "", ("RspCodes", "RspState", "RspKind"), ("RspInfo",), ("EntUuid",),
          ("CusCiqNo", "EntDealNo", "ClBlNo", "DeclNo", "DeclGetNo", "RspNo"), ("OperTime", "RspGenTime", "RspSendTime"), good=""),
    Shape(Layer.BUSINESS, r"CEB\d{3}Message", "*", ("returnStatus",), ("returnInfo",), ("copNo", "orderNo", "guid"),
          ("preNo", "invtNo"), ("returnTime",), good=""),
)  # fmt: skip


def read_reply(root: etree._Element) -> Reply:
    """Raises EnvelopeRefused: XML_ROOT for a root of no shape, XSD_INVALID for one without a code."""
    shapes = [shape for shape in SHAPES if re.fullmatch(shape.roots, local(root))]
    if not shapes:
        raise EnvelopeRefused(
            "XML_ROOT", found=local(root), want="DxpRep | DecImportResponse | CommonResponeMessage | …"
        )
    for shape in shapes:
        lines = tuple(_line(record, root, shape) for record in _records(root, shape))
        if lines:
            return Reply(shape.layer, local(root), lines)
    raise invalid(root, "no code of an answer is told")


def _records(root: etree._Element, shape: Shape) -> Iterator[etree._Element]:
    """The elements that hold a code, each once."""
    if not shape.record or local(root) == shape.record:
        yield from [root] if _first(root, shape.code) is not None else []
        return
    for found in _all(root):
        if shape.record == "*":
            is_record = any(local(child) in shape.code for child in children(found))
        else:
            is_record = local(found) == shape.record and _first(found, shape.code) is not None
        if is_record:
            yield found


def _line(record: etree._Element, root: etree._Element, shape: Shape) -> Line:
    code = text_of(_first(record, shape.code))
    info = text_of(_first(record, shape.info)) or text_of(_first(root, shape.info))
    around = {name: text_of(_first(record, (name,)) if _first(record, (name,)) is not None else _first(root, (name,)))
              for name in shape.numbers}  # fmt: skip
    at = _first(record, shape.at) if _first(record, shape.at) is not None else _first(root, shape.at)
    ok = False if shape.good is None else None if shape.good == "" else code == shape.good
    return Line(
        code, info, ok, text_of(_first(record, shape.ours)), {name: text for name, text in around.items() if text},
        beijing(text_of(at)),
    )  # fmt: skip


def _first(holder: etree._Element, names: tuple[str, ...]) -> etree._Element | None:
    """The first element below that has one of the names and says something, by the order of the names."""
    for name in names:
        for found in _all(holder):
            if local(found) == name and text_of(found):
                return found
    return None


def _all(holder: etree._Element) -> Iterator[etree._Element]:
    for child in children(holder):
        yield child
        yield from _all(child)


_BEFORE = re.compile("重复申报|已经申报过|已申报过|已存在相同编号|与系统已有记录|旧报文数据")
_CODES = frozenset(
    {"-621004", "-625022", "-625033", "-301010", "-401007", "-504015"}
)  # code list ceb_business_error.csv
_NAMED = re.compile(r"【([^】]+)】|\[([^\]]+)\]")


def declared_before(code: str, info: str) -> bool:
    """Does an answer refuse a message because its content is known already? Then the first one's outcome stands."""
    return code in _CODES or bool(_BEFORE.search(info))


def named(info: str) -> tuple[str, ...]:
    """The numbers that a sentence names in brackets: `与系统已有记录【…】的对应字段重复`, `清单[…]已经申报过`."""
    return tuple(
        part.strip()
        for found in _NAMED.finditer(info)
        for part in re.split("[,，;；、 ]", found[1] or found[2])
        if part.strip()
    )
