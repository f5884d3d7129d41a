"""Roads: the channels of a home, opened as its settings say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from channels import BoxName, Channel, Enterprise, FolderChannel, Settled, enterprise
from channels.chaos import Chaos
from gateway.lanes.settings import ChannelSettings

if TYPE_CHECKING:
    from channels.sftp_link import SftpLink


class Roads:
    """Every business folder of every channel by its address, `<channel>/<BizID>`. An SFTP channel has one connection.

    Nothing is reached before it is used: a channel that cannot be had shows when it is tried, and stops no other.
    """

    def __init__(
        self, home: Path, channels: Mapping[str, ChannelSettings], folders: Mapping[str, Sequence[str]]
    ) -> None:
        """folders: the BizIDs of each channel."""
        self._home = home
        self._settings = channels
        self._links: dict[str, SftpLink] = {name: _link(home, one) for name, one in channels.items() if one.sftp}
        self.channels: dict[str, Channel] = {
            f"{one.name}/{biz}": self._open(one, biz) for one in channels.values() for biz in folders[one.name]
        }

    def views(self) -> dict[str, Enterprise]:
        """Our own view of each."""
        return {address: self._view(address, channel) for address, channel in self.channels.items()}

    def folders(self, *boxes: BoxName) -> Iterator[Path]:
        """What may be watched for changes: these boxes (those that an enterprise empties) of channels that are folders here."""
        for channel in self.channels.values():
            if isinstance(channel, FolderChannel):
                yield from (channel.box(name).path for name in boxes or (BoxName.IN, BoxName.FAIL))

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Inside it no other gateway works on these folders. Raises ChannelError CHANNEL_TAKEN naming who does."""
        with ExitStack() as stack:
            for channel in self.channels.values():
                if isinstance(channel, FolderChannel):
                    stack.enter_context(channel.claim())
            yield

    def chaotic(self) -> list[str]:
        """The channels that misbehave on purpose."""
        return [name for name, one in self._settings.items() if one.chaos]

    def link(self, name: str) -> SftpLink | None:
        """The connection of an SFTP channel; None for one that has none."""
        return self._links.get(name)

    def close(self) -> None:
        for link in self._links.values():
            link.close()

    def _open(self, one: ChannelSettings, biz: str) -> Channel:
        link = self._links.get(one.name)
        if link is None:
            return FolderChannel(self._home / one.root, biz)
        from channels.sftp import SftpChannel

        return SftpChannel(link, one.root, biz)

    def _view(self, address: str, channel: Channel) -> Enterprise:
        one = self._settings[address.partition("/")[0]]
        view = enterprise(Chaos(channel, one.chaos) if one.chaos else channel)
        if one.writer == "streams":
            view = replace(view, inbox=Settled(view.inbox), failbox=Settled(view.failbox))
        return view


def _link(home: Path, one: ChannelSettings) -> SftpLink:
    from channels.sftp_link import SftpLink
    from channels.sftp_trust import SftpServer

    sftp = one.sftp
    assert sftp is not None
    return SftpLink(
        SftpServer(
            host=sftp.host,
            port=sftp.port,
            user=sftp.user,
            key=home / sftp.key,
            known_hosts=home / sftp.known_hosts,
            passphrase_file=home / sftp.passphrase_file if sftp.passphrase_file else None,
            sessions=sftp.sessions,
        )
    )
