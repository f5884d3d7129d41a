"""One process at a time, and one thread of it: a file of the key folder that is held while something must not be done twice."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOOK = 0.02  # seconds between looks at a file that another one holds

if sys.platform == "win32":
    import msvcrt

    def _hold(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _hold(descriptor: int) -> bool:
        """flock stands between descriptors, so between threads of one process too."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class Busy(Exception):
    """Somebody else holds it, and does not let go."""


@contextmanager
def held(path: Path, patience: float) -> Iterator[None]:
    """The file is ours until this ends, also by a crash. Raises Busy after so many seconds, OSError for no such folder."""
    until = time.monotonic() + patience
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while not _hold(descriptor):
            if time.monotonic() > until:
                raise Busy(f"{path}: 忙 (busy)")
            time.sleep(_LOOK)
        yield
    finally:
        os.close(descriptor)
