"""DxpRep: the platform's answer about a message, unsigned in the field. It moves the transport outcome only."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from mappings.parser import children, local
from parcel.dxp import (
    DATE,
    DATE_TIME,
    ID,
    MANY,
    MESSAGE_ID,
    NAMESPACE,
    TYPE,
    Head,
    element,
    invalid,
    is_time,
    only,
    read_head,
    rooted,
    text_of,
    timed,
    written_head,
)

SUCCESS = "0"
UNKNOWN = "unknown"
CODE = 9  # characters
INFO = 300  # characters


@dataclass(frozen=True, slots=True)
class Response:
    """One answer about one message. code: "0" is success, any other string is not, whatever it looks like.

    info: at most 300 characters; with code 0 it may carry a warning. original: the head that is answered.
    notice_date: xs:date; as found when read.
    """

    code: str
    info: str
    original: Head
    notice_date: str

    @property
    def ok(self) -> bool:
        return self.code == SUCCESS


@dataclass(frozen=True, slots=True)
class Answer:
    """All responses in order, at least one. Taken as one, it says what its first failing response says."""

    receiver: str
    responses: tuple[Response, ...]

    @property
    def ok(self) -> bool:
        return self.deciding.ok

    @property
    def deciding(self) -> Response:
        return next((response for response in self.responses if not response.ok), self.responses[0])

    @property
    def code(self) -> str:
        return self.deciding.code

    @property
    def info(self) -> str:
        return self.deciding.info

    @property
    def original(self) -> Head:
        return self.deciding.original

    @property
    def notice_date(self) -> str:
        return self.deciding.notice_date


def write_answer(code: str, info: str, *, original: Head, receiver: str, notice_date: str) -> bytes:
    """A canonical DxpRep with one response, in UTF-8. A longer `info` is cut to its limit.

    original: echoed, cut to the platform's limits; what an unreadable message does not tell reads `unknown`.
    notice_date: yyyy-mm-dd. Raises EnvelopeRefused XSD_OWN for a code, receiver or date outside the limits.
    """
    cut = info if len(info) <= INFO else f"{info[: INFO - 1]}…"
    body = (
        element("RecevierId", receiver, most=ID)
        + "<dxp:Response>"
        + element("ResponseCode", code, most=CODE)
        + element("ResponseInfo", cut, least=0, most=INFO)
        + timed("NoticeTime", notice_date, DATE)
        + f"<dxp:OriHead>{written_head(_fitting(original, notice_date))}</dxp:OriHead></dxp:Response>"
    )
    return f'<dxp:DxpRep xmlns:dxp="{NAMESPACE}" ver="1.0">{body}</dxp:DxpRep>'.encode()


def read_answer(root: etree._Element) -> Answer:
    """By local names, whatever else stands there. Raises EnvelopeRefused: XML_ROOT, XSD_INVALID without a response code."""
    responses = [_response(child) for child in children(rooted(root, "DxpRep")) if local(child) == "Response"]
    if not responses:
        raise invalid(root, "Response is missing")
    return Answer(text_of(only(root, "RecevierId")), tuple(responses))


def _response(holder: etree._Element) -> Response:
    code, info, notice = (text_of(only(holder, name)) for name in ("ResponseCode", "ResponseInfo", "NoticeTime"))
    if not code:
        raise invalid(holder, "ResponseCode is missing")
    return Response(code, info, read_head(only(holder, "OriHead")), notice)


def _fitting(head: Head, notice_date: str) -> Head:
    receivers = tuple(receiver[:ID] for receiver in head.receivers if receiver)[:MANY]
    return Head(
        head.cop_msg_id[:MESSAGE_ID] or UNKNOWN,
        head.sender[:ID] or UNKNOWN,
        receivers or (UNKNOWN,),
        head.created if is_time(head.created, DATE_TIME) else f"{notice_date}T00:00:00",
        head.msg_type[:TYPE],
    )
