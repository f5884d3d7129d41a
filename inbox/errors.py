"""Errors of the inbox.

InboxError
├── NameRefused       a file name that none of our rules explains (FILE_NAME)
└── NotReconciled     what a message says fits nothing that we know (RCP_ORPHAN, RCP_TENANT, RCP_CODE)
"""

from __future__ import annotations

from mappings.faults import Refused


class InboxError(Refused):
    """Root of this package's errors."""


class NameRefused(InboxError):
    """The name is kept escaped, the bytes as they are."""


class NotReconciled(InboxError):
    """`number`: what it speaks of. `wants`: the same where it may yet become known, and the file is then read again."""
