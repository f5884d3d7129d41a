"""Errors of what is put on paper.

PaperError    it cannot be set (PAPER_TOOL, PAPER_GLYPH)
"""

from __future__ import annotations

from mappings.faults import Refused


class PaperError(Refused):
    """The evidence names what is missing."""
