"""What DxpMsg and DxpRep share: the head, text that is canonical as it is written, elements read by local name.

Element names are the exchange platform's, misspellings included: CreatTime, RecevierId (real-messages 2.2, 2.3).
Lengths are characters, by the platform's schema; ours is `xsd/dxp.xsd`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from mappings.parser import children, local, whole_text
from parcel.errors import EnvelopeRefused

NAMESPACE = "http://www.chinaport.gov.cn/dxp"
ID = 16
MESSAGE_ID = 255
TYPE = 30
MANY = 5  # receivers, keys

# Text and attributes as inclusive C14N 1.0 writes them (REC-xml-c14n-20010315 §2.3).
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_ATTRIBUTE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)  # fmt: skip
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ZONE = "(Z|[+-]([0][0-9]|1[0-3]):[0-5][0-9])?"
DATE = re.compile(_DAY)
DATE_TIME = re.compile(f"{_DAY}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}([.][0-9]{{1,6}})?{_ZONE}")


@dataclass(frozen=True, slots=True)
class Head:
    """TransInfo: who sends what to whom, and OriHead, which echoes it.

    cop_msg_id: 1-255 characters, the sender's own, never used twice. sender, receivers: node ids of 1-16, 1-5 receivers.
    created: xs:dateTime. msg_type: 0-30 characters. What was read is as found, "" where it was not told.
    """

    cop_msg_id: str = ""
    sender: str = ""
    receivers: tuple[str, ...] = ()
    created: str = ""
    msg_type: str = ""


def written_head(head: Head) -> str:
    """The children of TransInfo and OriHead. Raises EnvelopeRefused XSD_OWN, as all that is written here."""
    counted("ReceiverId", len(head.receivers), least=1)
    receivers = "".join(element("ReceiverId", receiver, most=ID) for receiver in head.receivers)
    return (
        element("CopMsgId", head.cop_msg_id, most=MESSAGE_ID)
        + element("SenderId", head.sender, most=ID)
        + f"<dxp:ReceiverIds>{receivers}</dxp:ReceiverIds>"
        + timed("CreatTime", head.created, DATE_TIME)
        + element("MsgType", head.msg_type, least=0, most=TYPE)
    )


def element(name: str, text: str, *, least: int = 1, most: int, attributes: str = "") -> str:
    if not least <= len(text) <= most or _NOT_XML.search(text):
        raise EnvelopeRefused("XSD_OWN", detail=f"{name}: {least}-{most} characters of XML, not {text!r}")
    return f"<dxp:{name}{attributes}>{text.translate(_TEXT)}</dxp:{name}>"


def attribute(name: str, text: str, *, most: int) -> str:
    if not 1 <= len(text) <= most or _NOT_XML.search(text):
        raise EnvelopeRefused("XSD_OWN", detail=f"@{name}: 1-{most} characters of XML, not {text!r}")
    return f' {name}="{text.translate(_ATTRIBUTE)}"'


def timed(name: str, text: str, form: re.Pattern[str]) -> str:
    """An element of a date or a time that exists. form: DATE or DATE_TIME."""
    if not is_time(text, form):
        raise EnvelopeRefused("XSD_OWN", detail=f"{name}: {text!r}")
    return f"<dxp:{name}>{text}</dxp:{name}>"


def is_time(text: str, form: re.Pattern[str]) -> bool:
    """True for a moment of the calendar in the form of XML Schema, as far as we write it: years 0001-9999, no 24:00."""
    try:
        return bool(form.fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:
        return False


def counted(name: str, count: int, *, least: int) -> None:
    if not least <= count <= MANY:
        raise EnvelopeRefused("XSD_OWN", detail=f"{name}: {least}-{MANY} of them, not {count}")


def read_head(holder: etree._Element | None) -> Head:
    """TransInfo or OriHead; missing ones leave their fields empty. Raises EnvelopeRefused XSD_INVALID for two of one."""
    if holder is None:
        return Head()
    ids = only(holder, "ReceiverIds")
    receivers = () if ids is None else tuple(text_of(child) for child in children(ids) if local(child) == "ReceiverId")
    cop_msg_id, sender, created, msg_type = (
        text_of(only(holder, name)) for name in ("CopMsgId", "SenderId", "CreatTime", "MsgType")
    )
    return Head(cop_msg_id, sender, receivers, created, msg_type)


def only(parent: etree._Element, name: str) -> etree._Element | None:
    """The child of that local name. Raises EnvelopeRefused XSD_INVALID for two: nobody may choose between them."""
    found = [child for child in children(parent) if local(child) == name]
    if len(found) > 1:
        raise invalid(found[1], f"{name} stands twice")
    return found[0] if found else None


def needed(parent: etree._Element, name: str) -> etree._Element:
    """The child of that local name. Raises EnvelopeRefused XSD_INVALID when there is none, or two."""
    found = only(parent, name)
    if found is None:
        raise invalid(parent, f"{name} is missing")
    return found


def text_of(holder: etree._Element | None) -> str:
    """The whole text without the blanks around it; "" when there is no element."""
    return "" if holder is None else whole_text(holder).strip()


def rooted(root: etree._Element, name: str) -> etree._Element:
    """`root` when that is its local name. Raises EnvelopeRefused XML_ROOT."""
    if local(root) != name:
        raise EnvelopeRefused("XML_ROOT", found=local(root), want=name)
    return root


def invalid(at: etree._Element, detail: str) -> EnvelopeRefused:
    return EnvelopeRefused("XSD_INVALID", line=at.sourceline, path=local(at), detail=detail)
