"""Wire: boxes of files that both ends share, each file visible only when it is whole."""

from channels.box import Box, BoxName, Channel, Entry, Looks, Slot
from channels.errors import ChannelError
from channels.folder import FolderChannel
from channels.memory import MemoryChannel
from channels.settle import Settled
from channels.views import Customs, Enterprise, customs, enterprise

__all__ = [
    "Box",
    "BoxName",
    "Channel",
    "ChannelError",
    "Customs",
    "Enterprise",
    "Entry",
    "FolderChannel",
    "Looks",
    "MemoryChannel",
    "Settled",
    "Slot",
    "customs",
    "enterprise",
]
