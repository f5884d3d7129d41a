"""A submit under `strace`, whose calls fail as they are told to."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.faults.cell import NotRun
from tests.faults.ends import Declaration, Ends, ended


def traced(ends: Ends, declarations: Sequence[Declaration], inject: Sequence[str]) -> int:
    """Its exit status."""
    if shutil.which("strace") is None:
        raise NotRun("strace is not here")
    child = ends.begin_submit(declarations, stopped=True)
    os.waitpid(child, os.WUNTRACED)
    tracer = subprocess.Popen(
        ["strace", "-f", "-qq", *inject, "-o", os.devnull, "-p", str(child)], stderr=subprocess.PIPE, text=True
    )
    assert tracer.stderr
    while not _is_traced(child):
        assert tracer.poll() is None, tracer.stderr.read()
    os.kill(child, signal.SIGCONT)
    status = ended(child)
    tracer.communicate(timeout=60)
    ends.answered(status)
    return status


def _is_traced(pid: int) -> bool:
    told = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return any(line.startswith("TracerPid:") and int(line.split()[1]) for line in told)
