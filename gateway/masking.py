"""Masking what names a person: the certificates of e-port cards, wherever a message is shown and not asked for exactly."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as NotBase64
from hashlib import sha256

_NAME = rb"(?:[A-Za-z0-9_.-]{1,64}:)?X509Certificate"
_CERTIFICATE = re.compile(rb"(<" + _NAME + rb"(?:\s[^<>]*+)?>)(.*?)(</" + _NAME + rb"\s*>|\Z)", re.DOTALL)
SHORT = 16  # hex digits: enough to tell two certificates apart


def masked(message: bytes) -> bytes:
    """The message with the content of every X509Certificate replaced by the beginning of its fingerprint.

    For eyes, not for machines: the seal of what comes back does not hold (profile, Signature: mask in logs and exports).
    """
    return _CERTIFICATE.sub(_hidden, message)


def _hidden(found: re.Match[bytes]) -> bytes:
    try:
        der = b64decode(b"".join(found[2].split()), validate=True)
    except (NotBase64, ValueError):
        der = found[2]
    return found[1] + b"SHA-256 " + sha256(der).hexdigest()[:SHORT].encode() + "…".encode() + found[3]
