"""The platform's code for what is wrong with a file (profile, File; real-messages 2.3): its own where it has one, else our 4xxx."""

from __future__ import annotations

from mappings.faults import Refused

SUCCESS = "0"
FORMAT, SCHEMA = "0001", "0002"
SIGNATURE, EXPIRED, ALTERED = "1001", "1002", "1004"
OTHER_ADDRESSEE = "2002"

_CODES = {
    "XSD_INVALID": SCHEMA,
    "SIG_MISSING": SIGNATURE,
    "SIG_VALUE": SIGNATURE,
    "SIG_MALFORMED": SIGNATURE,
    "SIG_CERT_EXPIRED": EXPIRED,
    "SIG_DIGEST": ALTERED,
    "MSG_ADDRESSEE": OTHER_ADDRESSEE,
}


def code_of(reason: Refused) -> str:
    if reason.code in _CODES:
        return _CODES[reason.code]
    return FORMAT if reason.code.startswith(("XML_", "FILE_")) else reason.kind.number
