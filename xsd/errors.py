"""Errors of the schemas.

XsdError
├── ShapeRefused     a message that its schema does not accept (XSD_INVALID), with line and path
└── JudgesDisagree   lxml and xmlschema differ over one message (XSD_DISAGREE)
"""

from __future__ import annotations

from mappings.faults import Refused


class XsdError(Refused):
    """Root of this package's errors."""


class ShapeRefused(XsdError):
    """The schema says no: line, path and detail of the first objection."""


class JudgesDisagree(XsdError):
    """Two judges of one contract differ: the message is held, somebody must look."""
