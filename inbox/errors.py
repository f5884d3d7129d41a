"""Errors of the inbox.

InboxError
├── Poison            a file whose reading fails, or kills its reader, again and again (POISON)
├── NameRefused       a file name that none of our rules explains (FILE_NAME)
└── NotReconciled     what a message says fits nothing that we know (RCP_ORPHAN, RCP_TENANT, RCP_CODE, RCP_NUMBER,
                      RCP_REPEATED)
"""

from __future__ import annotations

from mappings.faults import Refused


class InboxError(Refused):
    """Root of this package's errors."""


class NameRefused(InboxError):
    """The name is kept escaped, the bytes as they are."""


class NotReconciled(InboxError):
    """`number`: what it speaks of. `wants`: the same where it may yet become known, and the file is then read again."""


class Poison(InboxError):
    """Parked with its bytes, so that its neighbours are read."""
