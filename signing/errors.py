"""Everything that sealing and verifying refuse, as one tree. Codes and sentences stand in `mappings/faults.toml`.

SigningError              root: a code of the table and its evidence
├── KeyUnavailable        SIGN_KEY_UNAVAILABLE: our own key cannot sign now; nothing leaves unsigned (reliability F09 F10)
├── BadKeyFile            KEY_FILE: a file of the key folder is not what its place says; told when it is read
├── NoCanonicalForm       SIG_DIGEST: canonicalization itself refuses, e.g. a relative namespace name (reliability B69)
├── NotSealable           SIG_MALFORMED or SIG_MULTI: what was handed to `seal` is no unsigned canonical document
└── NotVerified           SIG_*: the signature of a message from outside does not hold, or holds for something else
"""

from __future__ import annotations

from mappings.faults import Refused


class SigningError(Refused):
    """Root of this package's errors."""


class KeyUnavailable(SigningError):
    """Our own key cannot be used now: missing, locked by a passphrase, or not the certificate's."""

    def __init__(self, detail: str) -> None:
        super().__init__("SIGN_KEY_UNAVAILABLE", detail=detail)


class BadKeyFile(SigningError):
    """A file of the key folder is not well made, or stands where it must not."""

    def __init__(self, path: object, detail: str) -> None:
        super().__init__("KEY_FILE", path=path, detail=detail)


class NoCanonicalForm(SigningError):
    """This document has no canonical form, so nothing can be signed or compared."""

    def __init__(self, detail: str) -> None:
        super().__init__("SIG_DIGEST", detail=detail)


class NotSealable(SigningError):
    """This is no unsigned canonical document from its start tag to its end tag."""


class NotVerified(SigningError):
    """A signature that does not hold, holds for something else, or was made by a key that we do not accept."""
