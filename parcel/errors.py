"""Errors of what travels.

ParcelError
├── DeclarationRefused   the declaration is wrong: all its faults at once
├── EnvelopeRefused      the envelope is none of ours, or not for us
└── Poisoned             a parcel that failed alone three times (POISON)
"""

from __future__ import annotations

from collections.abc import Sequence

from mappings.faults import Fault, Refused


class ParcelError(Refused):
    """Root of this package's errors."""


class DeclarationRefused(ParcelError):
    """`faults`: everything that is wrong, each at its place."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("DECL_FORMAT", detail=f"{len(faults)} faults")
        self.faults = tuple(faults)


class EnvelopeRefused(ParcelError):
    """MSG_* and XML_ROOT: sender, receiver, type or version are not what they must be."""


class Poisoned(ParcelError):
    """Something no station foresaw, three times over; `cause` is the last exception."""
