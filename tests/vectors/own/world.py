"""What a message on a channel meets: the inward way with every registered key, as the inbox and customs' end walk it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.x509 import load_pem_x509_crl

from mappings.faults import Refused
from mappings.load import contract
from parcel.parcel import Parcel
from parcel.way import INWARD, walk
from signing.certificate import Certificate
from signing.registry import Registry
from tests.vectors.own.keys import CUSTOMS, ENTERPRISE, NOW, REGISTERED, key, revocations
from tests.vectors.own.material import JUDGES, message

HERE = Path(__file__).parent.parent
PARTNERS = {  # whose certificates of `keys/` are whose
    "PARTNER-1": ("partner1", "expired", "notyet", "weak1024", "revoked", "no_sig_usage"),
    "PARTNER-2": ("partner2",),
    "PARTNER-EC": ("partner_ec",),
}


@cache
def registry() -> Registry:
    ours = [(node, key(name).pem) for node, names in REGISTERED.items() for name in names]
    theirs = [
        (node, (HERE / f"keys/{name}.crt.pem").read_bytes()) for node, names in PARTNERS.items() for name in names
    ]
    rows = [(node, Certificate.read(pem)) for node, pem in ours + theirs]
    theirs_revoked = load_pem_x509_crl((HERE / "keys/crl.pem").read_bytes())
    return Registry.of_rows(rows, (revocations(), theirs_revoked))


@cache
def tools() -> dict[str, Any]:
    return {
        "contract": contract(),
        "judges": JUDGES,
        "registry": registry(),
        "senders": {ENTERPRISE},
        "addressees": {CUSTOMS},
        "at": NOW,
    }


def walked(data: bytes) -> Parcel | Refused:
    """The message as it was read, or why it was not."""
    done, refused = walk(INWARD, [Parcel(name="vector.xml", data=data)], tools())
    return done[0] if done else refused[0][1]


def judged(data: bytes) -> tuple[str, str]:
    """(verdict, code), as the manifests say them."""
    found = walked(data)
    if isinstance(found, Parcel):
        return "accept", ""
    lacking = set(re.findall(r"{(\w+)}", found.kind.zh + found.kind.en)) - found.evidence.keys()
    assert not lacking, f"{found.code}: a sentence without its evidence: {lacking}"
    return "reject", found.code


def inside(data: bytes) -> bytes:
    """The bytes as the business message of a good seal: what reaches the second parse."""
    return message(data)
