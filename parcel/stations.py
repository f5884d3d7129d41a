"""The stations of both ways. A station takes a parcel and gives a parcel, or raises an error of its own package.

Keyword-only parameters are the tools a station needs; whoever runs the way hands them over by name.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from lxml import etree

from mappings.backfill import filled
from mappings.check import check as check_content
from mappings.kind import Kind
from mappings.load import Contract
from mappings.parser import namespace, parse
from mappings.read import read as read_content
from mappings.write import completed
from mappings.write import write as write_content
from parcel.attached import matched
from parcel.envelope import Envelope
from parcel.envelope import unwrap as unwrap_envelope
from parcel.envelope import wrap as wrap_envelopes
from parcel.errors import DeclarationRefused, EnvelopeRefused
from parcel.package.pack import is_package, packed
from parcel.package.pack import unpack as open_package
from parcel.parcel import Parcel
from signing.profile import STRICT, Policy
from signing.registry import Registry
from signing.sign import Signer
from signing.sign import seal as seal_all
from signing.verify import verify as verify_signature
from xsd.explain import Judges


def check(parcel: Parcel) -> Parcel:
    """Judge the declaration's content; raises DeclarationRefused with every fault at once."""
    checked = check_content(parcel.needs_kind(), parcel.content, facts=parcel.elsewhere)
    if checked.faults:
        raise DeclarationRefused(checked.faults)
    return replace(parcel, content=checked.content, warnings=checked.warnings)


def write(parcel: Parcel, *, contract: Contract) -> Parcel:
    """The business XML, with what is known of elsewhere, customs' facts and the format's words merged in."""
    kind = parcel.needs_kind()
    head = {
        "number": parcel.number,
        "enterprise_code": parcel.enterprise,
        "reference": parcel.reference,
        "submission": parcel.submission,
        "stated_at": parcel.stated_at,
    }
    given = filled(kind, parcel.content, parcel.elsewhere)
    content = completed(kind, given, number=parcel.number, carried=parcel.carried, facts=parcel.facts)
    return replace(parcel, payload=write_content(kind, head, content, head_parts=contract.head))


def validate(parcel: Parcel, *, judges: Judges) -> Parcel:
    """Hold the business XML, as the very bytes that travel, against its schema."""
    tree = _tree(parcel)
    judges.judge(parcel.needs_kind(), tree)
    return replace(parcel, tree=tree)


def wrap(parcel: Parcel) -> Parcel:
    """Put the business XML into the platform's envelope, canonical by construction."""
    envelope = Envelope(
        cop_msg_id=parcel.cop_msg_id,
        sender=parcel.sender,
        receivers=(parcel.receiver,),
        created=parcel.created,
        msg_type=parcel.needs_kind().type,
        data=parcel.payload,
        file_name=parcel.name,
        biz_keys=(("Number", parcel.number),),
    )
    return replace(parcel, envelope=envelope, data=wrap_envelopes([envelope])[0])


def seal(parcels: Sequence[Parcel], *, signer: Signer) -> list[Parcel]:
    """Sign all at once: a card or a remote service is asked once for a list."""
    sealed = seal_all([parcel.data for parcel in parcels], signer=signer)
    return [replace(parcel, data=data, signer=signer.node_id) for parcel, data in zip(parcels, sealed, strict=True)]


def pack(parcel: Parcel) -> Parcel:
    """A message with attachments travels as one zip, the sealed XML and the files; any other stays as it is."""
    if not parcel.attachments:
        return parcel
    return replace(parcel, data=packed(parcel.name, parcel.data, parcel.attachments))


def unpack(parcel: Parcel) -> Parcel:
    """A package is opened, and nothing of it believed before the seal of its XML is; any other file stays as it is."""
    if not is_package(parcel.data) or parcel.name.lower().endswith(".xml"):  # what is called XML is judged as XML
        return parcel
    package = open_package(parcel.data, name=parcel.name)
    return replace(parcel, sealed=package.xml, attachments=package.attachments)


def verify(parcel: Parcel, *, registry: Registry, at: datetime, policy: Policy = STRICT) -> Parcel:
    """Check the seal; from here on only the tree that was verified is read. policy: looser for one partner, for a time."""
    verified = verify_signature(parcel.sealed or parcel.data, registry=registry, at=at, policy=policy)
    return replace(parcel, root=verified.root, signer=verified.signer)


def unwrap(parcel: Parcel, *, contract: Contract, senders: Collection[str], addressees: Collection[str]) -> Parcel:
    """Open the envelope: a partner the sender and the signer, one of us the receiver, the payload a kind that we know."""
    if parcel.root is None:
        raise LookupError(f"{parcel.name}: nothing was verified")
    envelope = unwrap_envelope(parcel.root)
    if envelope.sender != parcel.signer:
        raise EnvelopeRefused("SIG_SENDER", signer=parcel.signer, sender=envelope.sender)
    if envelope.sender not in senders:
        raise EnvelopeRefused("MSG_SENDER", found=envelope.sender)
    if not set(envelope.receivers) & set(addressees):
        raise EnvelopeRefused("MSG_ADDRESSEE", found=", ".join(envelope.receivers))
    tree = parse(envelope.data)
    kind = _kind(namespace(tree), contract)
    if kind.type != envelope.msg_type:
        raise EnvelopeRefused("MSG_TYPE", found=envelope.msg_type)
    receiver = next(iter(set(envelope.receivers) & set(addressees)))
    return replace(
        parcel,
        kind=kind,
        envelope=envelope,
        payload=envelope.data,
        tree=tree,
        cop_msg_id=envelope.cop_msg_id,
        sender=envelope.sender,
        receiver=receiver,
    )


def read(parcel: Parcel, *, contract: Contract) -> Parcel:
    """The values of the message."""
    message = read_content(parcel.needs_kind(), _tree(parcel), head_parts=contract.head)
    head = message.head
    return replace(
        parcel,
        message=message,
        content=message.content,
        number=str(head.get("number", "")),
        enterprise=str(head.get("enterprise_code", "")),
        reference=str(head.get("reference", "")),
        stated_at=str(head.get("stated_at", "")),
    )


def match(parcel: Parcel) -> Parcel:
    """The files that came are those that the message lists, and are what they seem."""
    if not parcel.attachments and not parcel.needs_kind().attaches:
        return parcel
    found = matched(parcel.needs_kind(), parcel.content, parcel.attachments)
    return replace(parcel, attachments=tuple({each.attachment.name: each.attachment for each in found}.values()))


def _tree(parcel: Parcel) -> etree._Element:
    return parcel.tree if parcel.tree is not None else parse(parcel.payload)


def _kind(name: str, contract: Contract) -> Kind:
    """The kind of a payload, by the namespace of its root element."""
    kind = contract.of_namespace(name)
    if kind:
        return kind
    family, _, version = name.rpartition(":")
    known = next((k for k in contract.messages if k.namespace.rpartition(":")[0] == family), None)
    if known:
        raise EnvelopeRefused("MSG_VERSION", kind=known.name, found=version, want=known.version)
    raise EnvelopeRefused("XML_ROOT", found=name or "—", want="urn:customs-gateway:…")
