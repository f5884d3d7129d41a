"""A real OpenSSH server on a loopback port, with its own configuration, keys and user list: what SFTP is tested against.

    with Sshd.started(folder) as server: ...        # or the fixture `sshd`

Every key is made in `folder`; nothing of the machine's own sshd is read or changed.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
KEYGEN = shutil.which("ssh-keygen")
ABSENT = "sshd is not installed (Debian: openssh-server)"
DEADLINE = 10.0  # s for the server to answer or to be gone

CONFIG = """\
ListenAddress {address}
Port {port}
HostKey {host_key}
AuthorizedKeysFile {authorized}
PidFile none
AuthenticationMethods publickey
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PermitUserRC no
StrictModes no
UsePAM no
UseDNS no
PrintMotd no
DisableForwarding yes
MaxStartups 100
MaxSessions 10
Subsystem sftp {subsystem}
{more}"""

needs_sshd = pytest.mark.skipif(not (SSHD and KEYGEN), reason=ABSENT)


class Sshd:
    """One server: `start`, `stop`, `kill_children`, `freeze`; `change_host_key` and `refuse_login` change its mind."""

    def __init__(
        self,
        folder: Path,
        *,
        more: str = "",
        subsystem: str = "internal-sftp",
        address: str = "127.0.0.1",
        inside: Sequence[str] = (),
    ) -> None:
        """more: further lines of sshd_config. subsystem: with other options, such as `-P fsync`, what is not offered.
        inside: the words before its command, where it listens in a network of its own."""
        self.folder = folder
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self.address = address
        self.port = free_port()
        self.key = folder / "client_key"
        self.root = folder / "tree"  # where a test may put its channel's root
        self._host_key = folder / "host_key"
        self._authorized = folder / "authorized_keys"
        self._more = more
        self._subsystem = subsystem
        self._inside = tuple(inside)
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.root.mkdir(exist_ok=True)
        generate(self.key)
        generate(self._host_key)
        self.accept_login(self.key)

    @classmethod
    @contextmanager
    def started(
        cls,
        folder: Path,
        *,
        more: str = "",
        subsystem: str = "internal-sftp",
        address: str = "127.0.0.1",
        inside: Sequence[str] = (),
    ) -> Iterator[Sshd]:
        server = cls(folder, more=more, subsystem=subsystem, address=address, inside=inside)
        try:
            server.start()
            yield server
        finally:
            server.stop()

    @property
    def log(self) -> str:
        return (self.folder / "sshd.log").read_text(encoding="utf-8", errors="replace")

    @property
    def known_hosts(self) -> str:
        """The line that pins this server."""
        kind, blob = (self._host_key.with_suffix(".pub")).read_text(encoding="ascii").split()[:2]
        return f"[{self.address}]:{self.port} {kind} {blob}\n"

    def pin(self, path: Path) -> Path:
        """Writes a known_hosts file."""
        path.write_text(self.known_hosts, encoding="ascii")
        return path

    def start(self) -> None:
        """Listens when this returns."""
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(
                mode=0o755, exist_ok=True
            )  # privilege separation; a fact of the machine, not a file
        config = self.folder / "sshd_config"
        config.write_text(
            CONFIG.format(
                address=self.address,
                port=self.port,
                host_key=self._host_key,
                authorized=self._authorized,
                subsystem=self._subsystem,
                more=self._more,
            ),
            encoding="utf-8",
        )
        with (self.folder / "sshd.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._inside, str(SSHD), "-D", "-e", "-f", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until(self._listens)

    def stop(self) -> None:
        """Kills the listener and all that it serves."""
        if self._process is None:
            return
        for pid in (*self.children(), self._process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def children(self) -> list[int]:
        """Processes that serve connections now, the youngest first."""
        return descendants(self._process.pid) if self._process else []

    def kill_children(self) -> int:
        """Cuts every connection with kill -9; the listener goes on. -> how many processes."""
        killed = 0
        for pid in self.children():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed += 1
        return killed

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Inside it neither the listener nor a connection answers."""
        assert self._process
        stopped = [self._process.pid, *self.children()]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in stopped:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def accept_login(self, key: Path) -> None:
        self._authorized.write_bytes(key.with_suffix(".pub").read_bytes())

    def refuse_login(self) -> None:
        self._authorized.write_bytes(b"")

    def change_host_key(self) -> None:
        """At the next start it is somebody else."""
        self._host_key.unlink()
        self._host_key.with_suffix(".pub").unlink()
        generate(self._host_key)

    def logins(self) -> int:
        """How many logins were accepted so far."""
        return self.log.count("Accepted publickey")

    def refusals(self) -> int:
        """How many logins were tried in vain so far."""
        return self.log.count("Connection closed by authenticating user") + self.log.count("Failed publickey")

    def _listens(self) -> bool:
        assert self._process
        if self._process.poll() is not None:
            raise AssertionError(f"sshd ended: {self.log}")
        with socket.socket() as probe:
            return probe.connect_ex((self.address, self.port)) == 0


def over_sftp(home: Path, server: Sshd) -> None:
    """Rewrites a new home's channel: the same tree of folders, now reached through `server`."""
    keys, settings = home / "keys", home / "gateway.toml"
    shutil.copy(server.key, keys / "sftp_client")
    server.pin(keys / "sftp_known_hosts")
    plain = settings.read_text(encoding="utf-8")
    folder = '[channels.customs]\nkind = "folder"\nroot = "channels/customs"\n'
    assert folder in plain
    sftp = f"""[channels.customs]
kind = "sftp"
host = "{server.address}"
port = {server.port}
user = "{server.user}"
key = "keys/sftp_client"
known_hosts = "keys/sftp_known_hosts"
root = "{home / "channels" / "customs"}"
"""
    settings.write_text(plain.replace(folder, sftp), encoding="utf-8")


def generate(path: Path, kind: str = "ed25519") -> Path:
    """A key pair, `path` and `path.pub`, without a passphrase."""
    subprocess.run([str(KEYGEN), "-q", "-t", kind, "-N", "", "-C", "test", "-f", str(path)], check=True)
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def descendants(pid: int) -> list[int]:
    """All processes below `pid`, children before their parents."""
    try:
        direct = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []
    return [found for child in direct for found in (*descendants(child), child)]


def until(condition, seconds: float = DEADLINE) -> None:
    """Waits for a condition; AssertionError when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(0.01)


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[Sshd]:
    if not (SSHD and KEYGEN):
        pytest.skip(ABSENT)
    with Sshd.started(tmp_path / "sshd") as server:
        yield server
