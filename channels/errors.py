"""What a channel refuses.

ChannelError(Refused)   CHANNEL_UNAVAILABLE, CHANNEL_CONFLICT, SYS_DISK, SYS_FSYNC, SYS_LOCKED, CONFIG_OUTBOX_FS,
                        FILE_NAME, FILE_TYPE, FILE_TOO_BIG; the evidence names file, size or system error
"""

from __future__ import annotations

import errno
from pathlib import Path

from channels.rules import escaped
from mappings.faults import Refused

DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EROFS})
NOT_A_FILE = frozenset({errno.ELOOP, errno.ENXIO, errno.EISDIR})  # symlink, socket, folder


class ChannelError(Refused):
    """A box refused, or its disk or its far end did."""


def refusal(error: OSError, path: Path, shortage: str = "") -> ChannelError:
    """The table's word for a system error: SYS_DISK, FILE_TYPE or CHANNEL_UNAVAILABLE. `shortage`: of what."""
    name = errno.errorcode.get(error.errno or 0, type(error).__name__)
    if error.errno in NOT_A_FILE:
        return ChannelError("FILE_TYPE", name=escaped(path.name), errno=name)
    where = escaped(str(path))
    what = f"{error.strerror or error}{shortage and f', {shortage}'} ({where})"
    code = "SYS_DISK" if error.errno in DISK else "CHANNEL_UNAVAILABLE"
    return ChannelError(code, detail=what, errno=name, path=where)
