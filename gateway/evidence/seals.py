"""The seal of one file that travelled, judged at its own time: does it hold, whose is it, what does the envelope say?"""

from __future__ import annotations

from dataclasses import dataclass

from mappings.clock import moment
from mappings.faults import Refused
from parcel.envelope import Envelope, unwrap
from parcel.package.pack import sealed_xml
from signing.certificate import Certificate
from signing.registry import Registry
from signing.verify import verify

HOLDS, NONE, BROKEN = "holds", "none", "broken"


@dataclass(frozen=True, slots=True)
class Judged:
    """state: holds; none (unsigned, as technical answers are); broken, then `reason` says why.

    envelope: None where the sealed document is no DxpMsg.
    """

    state: str
    reason: Refused | None = None
    signer: str = ""
    suite: str = ""
    certificate: Certificate | None = None
    envelope: Envelope | None = None


def judge(body: bytes, *, registry: Registry, at: int) -> Judged:
    """at: µs, when it was sealed or taken in; the certificate must have been valid then."""
    try:
        found = verify(sealed_xml(body), registry=registry, at=moment(at))
    except Refused as refused:
        return Judged(NONE if refused.code == "SIG_MISSING" else BROKEN, refused)
    try:
        envelope = unwrap(found.root)
    except Refused:
        envelope = None
    return Judged(HOLDS, None, found.signer, found.suite, found.certificate, envelope)
