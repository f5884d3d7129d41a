"""Judging opens no file and no connection: seen by Python's audit hook and, from outside, by strace; both see a planted one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vectors.sandbox import BEGIN, END

ROOT = Path(__file__).parent.parent.parent
TRACE = "trace=%file,socket,connect,sendto,bind"


def run(*arguments: str, through: tuple[str, ...] = ()) -> dict:
    command = [*through, sys.executable, "-m", "tests.vectors.sandbox", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def traceable() -> bool:
    return (
        bool(shutil.which("strace")) and subprocess.run(["strace", "-qq", "true"], capture_output=True).returncode == 0
    )


def traced(folder: Path, *arguments: str) -> tuple[int, list[str]]:
    """How many were judged, and the system calls between the marks."""
    log = folder / "strace.log"
    told = run(*arguments, through=("strace", "-f", "-qq", "--seccomp-bpf", "-e", TRACE, "-o", str(log)))
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    begin, end = (next(n for n, line in enumerate(lines) if mark in line) for mark in (BEGIN, END))
    return told["judged"], lines[begin + 1 : end]


@pytest.mark.skipif(not traceable(), reason="strace may not run here (Debian: strace)")
def test_strace_sees_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    count, calls = traced(tmp_path)
    assert calls == []
    with capsys.disabled():
        print(f"\nsandbox: {count} vectors, 0 connections, 0 files opened (strace)")


def test_the_audit_hook_sees_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    told = run()
    assert told["judged"] > 400 and told["seen"] == []
    with capsys.disabled():
        print(f"\nsandbox: {told['judged']} vectors, 0 connections, 0 files opened (audit hook)")


def test_the_audit_hook_sees_a_parser_that_resolves_entities() -> None:
    assert any("/etc/hostname" in event for event in run("--control", "sax")["seen"])


@pytest.mark.skipif(not traceable(), reason="strace may not run here (Debian: strace)")
@pytest.mark.parametrize("control", ["sax", "libxml2"])
def test_strace_sees_a_parser_that_resolves_entities(tmp_path: Path, control: str) -> None:
    _, calls = traced(tmp_path, "--control", control)
    assert any(re.search(r'open(at)?\(.*"/etc/hostname"', call) for call in calls)
