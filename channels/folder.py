"""The folder wire: `<root>/<BizID>/{OutBox,SentBox,FailBox,InBox}` on a local or mounted disk (profile, Folders)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from channels import doors
from channels.box import BoxName, checked
from channels.doors import Lock
from channels.errors import ChannelError
from channels.files import told
from channels.folder_box import FolderBox
from channels.rules import escaped

CLAIM = ".gateway.lock"  # beside the boxes; hidden, and never removed


class FolderChannel:
    """The four boxes of one business. Folders that exist are found without regard to case (profile, Folders)."""

    def __init__(self, root: Path, biz_id: str) -> None:
        self._root = root
        self._biz_id = checked(biz_id)
        self._boxes: dict[BoxName, FolderBox] = {}

    def create(self) -> None:
        """Makes what is missing, durably; what exists keeps its spelling. Raises ChannelError."""
        for name in BoxName:
            path = self._path(name)
            with told(path):
                path.mkdir(parents=True, exist_ok=True)
                for folder in (path.parent, self._root, self._root.parent):
                    doors.sync_folder(folder)
        self._boxes.clear()

    def check(self, *names: BoxName) -> None:
        """For start-up: writes, renames and removes a hidden file in each box named, or in all four.

        Raises ChannelError CONFIG_OUTBOX_FS when a rename leaves the file system (F18), SYS_DISK, CHANNEL_UNAVAILABLE.
        """
        for name in names or tuple(BoxName):
            self.box(name).probe()

    @contextmanager
    def claim(self) -> Iterator[None]:
        """Inside it no other gateway empties these boxes (F45). The system lets go when a process dies.

        Raises ChannelError CHANNEL_TAKEN with the process that has it. A folder that is not there yet, and a file system
        without locks, can be claimed by nobody: there one gateway a folder is the operator's promise.
        """
        folder = spelled(self._root, self._biz_id)
        lock = Lock(folder / CLAIM)
        with ExitStack() as stack:
            try:
                if folder.is_dir():
                    stack.enter_context(lock)
            except ChannelError as error:
                if error.code == "SYS_LOCKED":
                    raise ChannelError(
                        "CHANNEL_TAKEN", owner=error.evidence["pid"], path=escaped(str(folder))
                    ) from error
            yield

    def box(self, name: BoxName) -> FolderBox:
        """One of the four. That its folder is missing shows when it is used (F22), and it is looked for each time."""
        box = self._boxes.get(name)
        if box is None:
            box = FolderBox(self._path(name), temp=".Temp" if name is BoxName.OUT else ".tmp")
            if box.path.is_dir():
                self._boxes[name] = box
        return box

    def _path(self, name: BoxName) -> Path:
        return spelled(spelled(self._root, self._biz_id), name.value)


def spelled(parent: Path, name: str) -> Path:
    """`parent/name` as it is spelled on the disk; as given when there is none.

    Raises ChannelError CHANNEL_UNAVAILABLE when several folders differ from `name`, and among them, only in case.
    """
    exact = parent / name
    if exact.is_dir() or not parent.is_dir():
        return exact
    with told(parent):
        alike = [path for path in parent.iterdir() if path.name.casefold() == name.casefold() and path.is_dir()]
    if len(alike) > 1:
        raise ChannelError("CHANNEL_UNAVAILABLE", detail=f"{len(alike)} folders are called {name}", path=str(parent))
    return alike[0] if alike else exact
