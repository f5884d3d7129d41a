"""DxpMsg: the exchange platform's envelope around a business message (real-messages 2.2; its answer is `parcel.answer`).

What is written is canonical by construction: a fixed template, base64 and text escaped exactly as inclusive C14N 1.0 does,
so that sealing needs no tree (performance, Design 2). What is read is read by local name from the tree that was verified.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from mappings.parser import children, local, whole_text
from parcel.answer import Answer, Response, read_answer, write_answer
from parcel.dxp import (
    NAMESPACE,
    Head,
    attribute,
    counted,
    element,
    invalid,
    needed,
    only,
    read_head,
    rooted,
    text_of,
    written_head,
)

FILE_NAME = 255  # characters
KEY = 64
KEY_NAME = 32

__all__ = ["Answer", "Envelope", "Head", "Response", "peek_sender", "read_answer", "unwrap", "wrap", "write_answer"]


@dataclass(frozen=True, slots=True)
class Envelope:
    """The first five fields are those of `Head`. data: the business message's own bytes.

    file_name: 1-255 characters, "" for none. biz_keys: (name of 1-32, value of 1-64), at most 5.
    """

    cop_msg_id: str
    sender: str
    receivers: tuple[str, ...]
    created: str
    msg_type: str
    data: bytes
    file_name: str = ""
    biz_keys: tuple[tuple[str, str], ...] = ()

    @property
    def head(self) -> Head:
        return Head(self.cop_msg_id, self.sender, self.receivers, self.created, self.msg_type)


def wrap(envelopes: Sequence[Envelope]) -> list[bytes]:
    """Each as a canonical DxpMsg in UTF-8, without declaration, unsealed: the seal goes before its last end tag.

    Raises EnvelopeRefused XSD_OWN when a value is outside the platform's limits, which is a defect of ours.
    """
    return [_message(envelope) for envelope in envelopes]


def unwrap(root: etree._Element) -> Envelope:
    """The envelope of a tree that was verified. Blanks in Data and a missing AddInfo are read.

    Raises EnvelopeRefused: XML_ROOT, XSD_INVALID when a part that is needed is missing, stands twice or is no base64.
    """
    head = read_head(needed(rooted(root, "DxpMsg"), "TransInfo"))
    for name, value in (
        ("CopMsgId", head.cop_msg_id),
        ("SenderId", head.sender),
        ("ReceiverId", "".join(head.receivers)),
    ):
        if not value:
            raise invalid(root, f"{name} is missing")
    added = only(root, "AddInfo")
    return Envelope(
        head.cop_msg_id,
        head.sender,
        head.receivers,
        head.created,
        head.msg_type,
        _data(needed(root, "Data")),
        "" if added is None else text_of(only(added, "FileName")),
        () if added is None else _keys(only(added, "BizKey")),
    )


def peek_sender(root: etree._Element) -> str:
    """SenderId of a DxpMsg that nobody has verified yet: good for choosing among registered keys, for nothing else.

    Raises EnvelopeRefused: XML_ROOT, XSD_INVALID when it is missing or stands twice.
    """
    return text_of(needed(needed(rooted(root, "DxpMsg"), "TransInfo"), "SenderId"))


def _message(envelope: Envelope) -> bytes:
    before = (
        f'<dxp:DxpMsg xmlns:dxp="{NAMESPACE}" ver="1.0"><dxp:TransInfo>{written_head(envelope.head)}</dxp:TransInfo>'
    )
    data = base64.b64encode(envelope.data)
    return b"".join((before.encode(), b"<dxp:Data>", data, b"</dxp:Data>", _added(envelope).encode(), b"</dxp:DxpMsg>"))


def _added(envelope: Envelope) -> str:
    parts = element("FileName", envelope.file_name, most=FILE_NAME) if envelope.file_name else ""
    if envelope.biz_keys:
        counted("Key", len(envelope.biz_keys), least=1)
        parts += f"<dxp:BizKey>{''.join(_key(name, value) for name, value in envelope.biz_keys)}</dxp:BizKey>"
    return f"<dxp:AddInfo>{parts}</dxp:AddInfo>" if parts else ""


def _key(name: str, value: str) -> str:
    return element("Key", value, most=KEY, attributes=attribute("name", name, most=KEY_NAME))


def _keys(holder: etree._Element | None) -> tuple[tuple[str, str], ...]:
    keys = [] if holder is None else [child for child in children(holder) if local(child) == "Key"]
    return tuple((str(key.get("name", "")), text_of(key)) for key in keys)


def _data(holder: etree._Element) -> bytes:
    try:
        return base64.b64decode("".join(whole_text(holder).split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid(holder, f"no base64: {error}") from None
