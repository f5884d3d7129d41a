"""What the tests of the SFTP wire share: a channel on a real server, what lies there, and a clock moved by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from channels import ChannelError
from channels.sftp import SftpChannel
from channels.sftp_link import SftpLink
from channels.sftp_trust import SftpServer
from tests.sshd import Sshd


def server_of(sshd: Sshd, **changed) -> SftpServer:
    """How a channel of a test logs in at its own sshd."""
    pinned = sshd.pin(sshd.folder / "known_hosts")
    return SftpServer(
        **{"host": "127.0.0.1", "port": sshd.port, "user": sshd.user, "key": sshd.key, "known_hosts": pinned} | changed
    )


class Clock:
    """Monotonic seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def opened(sshd: Sshd, root: Path | None = None, **changed) -> Iterator[SftpChannel]:
    link = SftpLink(server_of(sshd, **changed))
    try:
        yield SftpChannel(link, str(root or sshd.root), "CertOut")
    finally:
        link.close()


def there(sshd: Sshd, box: str = "OutBox", root: Path | None = None) -> dict[str, bytes]:
    """What lies in a box, temporary files too."""
    folder = (root or sshd.root) / "CertOut" / box
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def code(act: Callable[[], object]) -> str:
    with pytest.raises(ChannelError) as refused:
        act()
    return refused.value.code


def codes(results) -> list[str]:
    return [result.code if result else "" for result in results]
