"""What a channel refuses, and what that means for whoever wanted it.

ChannelError(Refused)
    of one file          CHANNEL_CONFLICT, CHANNEL_UNCONFIRMED, CHANNEL_DENIED, FILE_NAME, FILE_TYPE, FILE_TOO_BIG
    of a folder or disk  CHANNEL_UNAVAILABLE, CHANNEL_FULL, CHANNEL_TAKEN, SYS_DISK, SYS_FSYNC, SYS_LOCKED, CONFIG_OUTBOX_FS
    of a connection      CHANNEL_CONNECTION, CHANNEL_PROTOCOL, CHANNEL_KEY
    that stops a channel CHANNEL_HOST_KEY, CHANNEL_LOGIN, CHANNEL_ALGORITHMS

The evidence names file, folder, host, size or system error.
"""

from __future__ import annotations

import errno
from enum import Enum
from pathlib import Path

from channels.rules import escaped
from mappings.faults import Disposition, Refused

DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EROFS})
NOT_A_FILE = frozenset({errno.ELOOP, errno.ENXIO, errno.EISDIR})  # symlink, socket, folder

STOPPING = frozenset({"CHANNEL_HOST_KEY", "CHANNEL_LOGIN", "CHANNEL_ALGORITHMS"})
BROKEN = STOPPING | {"CHANNEL_CONNECTION", "CHANNEL_PROTOCOL", "CHANNEL_KEY", "CHANNEL_TAKEN", "SYS_FSYNC"}
PATIENCE = {"CHANNEL_DENIED": 3}  # tries before a temporary reason counts as lasting (reliability F30)


class Outlook(Enum):
    """What may be done about an error."""

    AGAIN = "again"  # temporary: try again, by the ladder
    LOOK = "look"  # it may have happened: look for it first, then decide (architecture 4)
    PARK = "park"  # lasting: no try helps until a person has acted; park at once


class ChannelError(Refused):
    """A box refused, or its disk or its far end did."""

    @property
    def outlook(self) -> Outlook:
        if self.code == "CHANNEL_UNCONFIRMED":
            return Outlook.LOOK
        return Outlook.AGAIN if self.kind.disposition is Disposition.RETRY else Outlook.PARK

    @property
    def lasting(self) -> bool:
        """True when no further try can help until a person has acted."""
        return self.outlook is Outlook.PARK

    @property
    def stops_channel(self) -> bool:
        """True when nothing more may be tried on the whole channel until an operator resumes it (F32, F33)."""
        return self.code in STOPPING

    @property
    def whole_channel(self) -> bool:
        """True when the reason lies in the channel, and no other file would fare better now."""
        return self.code in BROKEN

    @property
    def tries(self) -> int | None:
        """After how many tries to park; None: as many as the ladder has."""
        return 1 if self.lasting else PATIENCE.get(self.code)


def refusal(error: OSError, path: Path, shortage: str = "") -> ChannelError:
    """The table's word for a system error: SYS_DISK, FILE_TYPE or CHANNEL_UNAVAILABLE. `shortage`: of what."""
    name = errno.errorcode.get(error.errno or 0, type(error).__name__)
    if error.errno in NOT_A_FILE:
        return ChannelError("FILE_TYPE", name=escaped(path.name), errno=name)
    where = escaped(str(path))
    what = f"{error.strerror or error}{shortage and f', {shortage}'} ({where})"
    code = "SYS_DISK" if error.errno in DISK else "CHANNEL_UNAVAILABLE"
    return ChannelError(code, detail=what, errno=name, path=where)
