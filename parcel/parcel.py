"""What travels: one message on its way, outward or inward. Frozen; a station that changes it gives a copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from mappings.facts import Facts
from mappings.faults import Fault
from mappings.kind import Kind
from mappings.read import Message
from parcel.attachment import Attachment
from parcel.envelope import Envelope


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message, filled station by station.

    Outward it starts with kind, number, head's values, content and facts, and ends sealed.
    Inward it starts with name and data, and ends with kind and message.
    """

    name: str = ""  # file name in the channel
    kind: Kind | None = None
    number: str = ""  # the unified number of the document that the message is about
    enterprise: str = ""  # its code
    reference: str = ""  # the enterprise's own number
    submission: int = 0
    stated_at: str = ""  # 17 digits
    created: str = ""  # xs:dateTime of the same moment
    cop_msg_id: str = ""
    sender: str = ""  # node id
    receiver: str = ""  # node id
    content: Mapping[str, Any] = field(default_factory=dict)
    carried: tuple[str, ...] = ()  # numbers of the documents that the content carries, in its order
    facts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by document number
    elsewhere: Facts = field(default_factory=dict)  # what is known of other documents, with its versions
    warnings: tuple[Fault, ...] = ()
    payload: bytes = b""  # the business XML
    attachments: tuple[Attachment, ...] = ()  # the files that travel with it
    sealed: bytes = b""  # inward: the sealed XML, where `data` is the package around it
    data: bytes = b""  # the bytes in the channel: canonical after wrap, sealed after seal, as arrived inward
    root: etree._Element | None = None  # inward: the tree that was verified
    tree: etree._Element | None = None  # the business XML, parsed once from the payload
    signer: str = ""  # inward: the node whose registered key verified it
    envelope: Envelope | None = None
    message: Message | None = None

    def needs_kind(self) -> Kind:
        if self.kind is None:
            raise LookupError(f"{self.name}: the kind of this parcel is not known yet")
        return self.kind
