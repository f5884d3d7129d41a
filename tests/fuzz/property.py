"""What must hold of any bytes at all: they are refused with a code, or what is read is what somebody sealed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache

from lxml import etree

from mappings.faults import Refused
from parcel.parcel import Parcel
from tests.vectors.own.business import BUSINESS
from tests.vectors.own.forge import Form, key_info
from tests.vectors.own.keys import key
from tests.vectors.own.material import business, message
from tests.vectors.own.seals import SEALS
from tests.vectors.own.world import walked


class Broken(AssertionError):
    """The property does not hold."""


@dataclass(frozen=True)
class Original:
    data: bytes
    canonical: bytes  # of the tree that was verified
    content: object


@cache
def originals() -> tuple[Original, ...]:
    """Good sealed messages of every form that is read."""
    by_name = Form(key_info=key_info(key("enterprise"), certificates=()))
    nameless = Form(key_info="")
    made = [
        SEALS["good"](), SEALS["good-exclusive"](), SEALS["good-chain"](), message(form=by_name), message(form=nameless),
        BUSINESS["good-certificate"](), BUSINESS["comment-in-value"](), BUSINESS["remark-1024"](),
    ]  # fmt: skip
    return tuple(_original(data) for data in [*made, b'<?xml version="1.0" encoding="UTF-8"?>\n' + made[0]])


@cache
def payloads() -> tuple[bytes, ...]:
    return tuple(business(kind).encode() for kind in ("blank_certificate_application", "certificate_application"))


def holds(data: bytes) -> str:
    """`accepted`, or the code of the refusal. Raises Broken: a crash, a second of CPU, a content that nobody sealed."""
    found = _walked(data)
    if isinstance(found, Refused):
        return found.code
    if not any(_same(found, original) for original in originals()):
        raise Broken("accepted, and nobody sealed it")
    return "accepted"


def holds_inside(payload: bytes) -> str:
    """The same for what a partner itself seals: any content, but no crash."""
    found = _walked(message(payload, msg_type="CERTAPP" if b"<CertificateApplication" in payload[:200] else "BLANKAPP"))
    return found.code if isinstance(found, Refused) else "sealed anew"


def _walked(data: bytes) -> Parcel | Refused:
    began = time.process_time()
    try:
        found = walked(data)
    except Exception as crash:  # a station is to raise nothing but its refusals
        raise Broken(f"crash: {crash!r}") from crash
    if isinstance(found, Refused) and found.code == "POISON":
        raise Broken(f"crash: {found.zh}")
    if time.process_time() - began > 1:
        raise Broken("more than a second of CPU")
    return found


def _same(found: Parcel, original: Original) -> bool:
    return _canonical(found) == original.canonical and found.content == original.content


def _original(data: bytes) -> Original:
    found = walked(data)
    assert isinstance(found, Parcel), found
    return Original(data, _canonical(found), found.content)


def _canonical(found: Parcel) -> bytes:
    assert found.root is not None
    return etree.tostring(found.root, method="c14n")
