"""The platform's doors: locks, stop signals, private and durable files."""

from __future__ import annotations

import ast
import errno
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from channels import ChannelError, doors
from channels.doors import Lock, on_stop
from channels.errors import refusal
from channels.files import durable_replace, write_private
from channels.folder_box import FolderBox

HOLDER = "import sys, time; from channels.doors import Lock\nwith Lock(__import__('pathlib').Path(sys.argv[1])):\n  {}"


def holder(path: Path, then: str) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER.format(then), str(path)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    assert child.stdout
    assert child.stdout.readline() == "held\n"
    return child


def test_a_lock_names_the_process_that_has_it(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    with holder(path, "print('held', flush=True); input()") as child:
        with pytest.raises(ChannelError) as refused, Lock(path):
            pass
        assert refused.value.code == "SYS_LOCKED"
        assert refused.value.evidence["pid"] == str(child.pid)
        child.kill()
    with Lock(path):
        assert path.read_text() == f"{os.getpid()}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_lock_holds_within_one_process_and_may_be_taken_again(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "run.lock")
    with lock, pytest.raises(ChannelError, match="SYS_LOCKED"), Lock(lock.path):
        pass
    with lock:
        pass


def test_a_forked_child_does_not_keep_the_lock_of_a_dead_parent(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    fork = "import os; os.fork() or print('held', os.getpid(), sep='\\n', flush=True); time.sleep(30)"
    with holder(path, fork) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
        try:
            with Lock(path):
                os.kill(child, 0)  # it is still there
        finally:
            os.kill(child, signal.SIGKILL)


def test_a_lock_in_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match="CHANNEL_UNAVAILABLE"), Lock(tmp_path / "no" / "run.lock"):
        pass


def test_a_lock_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "run.lock").symlink_to(tmp_path / "made")
    with pytest.raises(ChannelError, match="FILE_TYPE"), Lock(tmp_path / "run.lock"):
        pass
    assert not (tmp_path / "made").exists()


STOPPING = """
import os, signal, time
from channels.doors import on_stop
asked = []
undo = on_stop(lambda: asked.append(1))
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(0.01)
print(asked, signal.getsignal(signal.SIGTERM) == signal.SIG_DFL, flush=True)
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(5)
"""


def test_the_first_stop_asks_and_the_second_ends() -> None:
    child = subprocess.run([sys.executable, "-c", STOPPING], capture_output=True, text=True, timeout=20)
    assert child.stdout == "[1] True\n"
    assert child.returncode == -signal.SIGTERM


def test_an_ignored_signal_stays_ignored_and_undo_puts_back() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        undo = on_stop(lambda: None)
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
        assert callable(signal.getsignal(signal.SIGTERM))
        undo()
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_private_file_is_its_owners_and_new(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        write_private(tmp_path / "key", b"secret")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    with pytest.raises(ChannelError, match="CHANNEL_UNAVAILABLE"):
        write_private(tmp_path / "key", b"other")
    assert (tmp_path / "key").read_bytes() == b"secret"


def test_replacing_is_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "clock.json"
    durable_replace(path, b"one")
    (tmp_path / ".clock.json.tmp").write_bytes(b"left by a dead writer")
    durable_replace(path, b"two")
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"two", [path])

    def broken(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("channels.files.os.fsync", broken)
    with pytest.raises(ChannelError, match="SYS_DISK"):
        durable_replace(path, b"three")
    assert path.read_bytes() == b"two"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "SYS_DISK"),
        (errno.EIO, "SYS_DISK"),
        (errno.EROFS, "SYS_DISK"),
        (errno.EDQUOT, "SYS_DISK"),
        (errno.ENOENT, "CHANNEL_UNAVAILABLE"),
        (errno.EACCES, "CHANNEL_UNAVAILABLE"),
        (errno.ELOOP, "FILE_TYPE"),
    ],
)
def test_every_system_error_has_its_code_and_evidence(number: int, code: str) -> None:
    told = refusal(OSError(number, os.strerror(number)), Path("/a/b\n.xml"))
    assert (told.code, told.evidence["errno"]) == (code, errno.errorcode[number])
    assert told.zh.isprintable()


def test_both_systems_have_every_door() -> None:
    tree = ast.parse(Path(doors.__file__).read_text("utf-8"))
    [choice] = [node for node in tree.body if isinstance(node, ast.If)]
    windows, posix = (
        {part.name for part in side if isinstance(part, ast.FunctionDef)} for side in (choice.body, choice.orelse)
    )
    assert windows == posix - {"_let_go"}


def test_a_thousand_files_are_listed_in_no_time(tmp_path: Path) -> None:
    for n in range(1000):
        (tmp_path / f"{n}.xml").touch()
    began = time.monotonic()
    assert len(FolderBox(tmp_path).entries()) == 1000
    assert time.monotonic() - began < 2
