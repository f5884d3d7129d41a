"""The SFTP wire: the same tree as the folder wire, `<root>/<BizID>/{OutBox,SentBox,FailBox,InBox}`, on a server."""

from __future__ import annotations

from channels import sftp_wire as wire
from channels.box import BoxName, checked
from channels.errors import ChannelError
from channels.sftp_box import SftpBox
from channels.sftp_folder import entries, refused, shown
from channels.sftp_link import Line, SftpLink
from channels.sftp_trust import SftpServer
from channels.sftp_wire import Attributes, Handle


class SftpChannel:
    """The four boxes of one business. Nothing is asked of the server before a box is used.

    root: as the server spells it, absolute or below the login's own folder.
    """

    def __init__(self, link: SftpLink, root: str, biz_id: str) -> None:
        self.link = link
        self._root = root.rstrip("/").encode() or b"/"
        self._biz_id = checked(biz_id)
        self._boxes = {name: self._make(name) for name in BoxName}

    def box(self, name: BoxName) -> SftpBox:
        return self._boxes[name]

    def create(self) -> None:
        """Makes what is missing below the root; what exists keeps its spelling. Raises ChannelError."""
        self.box(BoxName.IN).use(self._create)

    def check(self, *names: BoxName) -> None:
        """For start-up: that the boxes named, or all four, can be listed. Raises ChannelError."""
        for name in names or tuple(BoxName):
            self.box(name).entries()

    def _make(self, name: BoxName) -> SftpBox:
        temp = ".Temp" if name is BoxName.OUT else ".tmp"
        return SftpBox(self.link, Spelled(self.link.server, self._root, (self._biz_id, name.value)), temp=temp)

    def _create(self, line: Line) -> None:
        self._ensure(line, self._root)
        business = located(line, self._root, self._biz_id, self.link.server)
        self._ensure(line, business)
        for name in BoxName:
            self._ensure(line, located(line, business, name.value, self.link.server))

    def _ensure(self, line: Line, path: bytes) -> None:
        if wire.absent(line.one(wire.lstat(path))):
            answer = line.one(wire.make_folder(path))
            if not isinstance(line.one(wire.lstat(path)), Attributes):
                raise refused(self.link.server, answer, path)


class Spelled:
    """The path of a folder, looked for without regard to case (profile, Folders) until it is found, once a connection."""

    def __init__(self, server: SftpServer, root: bytes, names: tuple[str, ...]) -> None:
        self._server = server
        self._root = root
        self._names = names
        self._line: Line | None = None
        self._path = b""

    def __call__(self, line: Line) -> bytes:
        if self._line is not line:
            self._path = self._root
            for name in self._names:
                self._path = located(line, self._path, name, self._server)
            self._line = line if isinstance(line.one(wire.lstat(self._path)), Attributes) else None
        return self._path


def located(line: Line, parent: bytes, name: str, server: SftpServer) -> bytes:
    """`parent/name` as it is spelled there; as given when there is none.

    Raises ChannelError CHANNEL_UNAVAILABLE when several folders differ from `name`, and among them, only in case.
    """
    stem = parent.rstrip(b"/") + b"/"
    there = line.one(wire.lstat(stem + name.encode()))
    if isinstance(there, Attributes) and there.is_folder:
        return stem + name.encode()
    opened = line.one(wire.open_folder(parent))
    if not isinstance(opened, Handle):
        return stem + name.encode()
    alike = [
        raw
        for raw, found in entries(line, server, opened, parent)
        if raw.decode("utf-8", "replace").casefold() == name.casefold() and found.is_folder
    ]
    if len(alike) > 1:
        raise ChannelError("CHANNEL_UNAVAILABLE", detail=f"{len(alike)} folders are called {name}", path=shown(parent))
    return stem + (alike[0] if alike else name.encode())
