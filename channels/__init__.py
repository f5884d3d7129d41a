"""Wire: boxes of files that both ends share, each file visible only when it is whole.

The SFTP wire is `channels.sftp`, apart from these: it takes a library that whoever has folders only need not load.
"""

from channels.box import Box, BoxName, Channel, Entry, Looks, Slot
from channels.errors import ChannelError, Outlook
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
    "Outlook",
    "Settled",
    "Slot",
    "customs",
    "enterprise",
]
