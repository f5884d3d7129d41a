"""Errors of the enterprise's end.

GatewayError
├── BadHome       the home is not well set up (SYS_HOME), or somebody else works on it (SYS_LOCKED)
├── BadFormat     a certificate format is not well made (FORMAT_BAD)
├── NotRelayed    a file of an enterprise that sends through us is not taken (MSG_*, FILE_NAME, BIZ_STATE, CHANNEL_UNROUTED)
├── Unanswerable  a query, a copy or a paper that there cannot be (QUERY_*, COPY_NONE, PRINT_NONE, INITIAL_*, SELECT_NONE, ENTRY_*)
├── BadList       the enterprise's own list of a day cannot be read (REC_LIST)
│                 DB_OLDER, DB_NEWER: the database is not of this program
└── Unreadable    a file of the enterprise cannot be read as declarations (DECL_FORMAT, IMP_*, MAP_BAD)
"""

from __future__ import annotations

from mappings.faults import Refused


class GatewayError(Refused):
    """Root of this package's errors."""


class BadHome(GatewayError):
    """`detail` says what is wrong and with what."""


class NotRelayed(GatewayError):
    """The file goes back with its code and its words; nothing of it was recorded."""


class Unanswerable(GatewayError):
    """What was asked for is told with what there is instead."""


class BadList(GatewayError):
    """`line` counts from 1, 0 where the file as a whole is meant."""


class Unreadable(GatewayError):
    """The file as a whole, at `path` inside it where that is known."""


class BadFormat(GatewayError):
    """`file` and `problem`; `place` is the key inside it."""
