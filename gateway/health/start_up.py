"""Before the worker begins: is the home one that can be worked in? What is doubtful is told, what is wrong is refused."""

from __future__ import annotations

from channels import ChannelError, FolderChannel
from channels.box import BoxName
from gateway.health import checks
from gateway.health.checks import Finding
from gateway.home import Home

PATIENCE = 10.0  # s for a look at the whole database: a large one is looked at by `gateway doctor`
DOUBTS = (checks.rights, checks.file_system, checks.space, checks.handles, checks.clock)


def begin(home: Home) -> list[Finding]:
    """What somebody should know. Raises Refused: DB_CORRUPT, DB_OLDER, DB_NEWER, CONFIG_OUTBOX_FS."""
    found = list(checks.database(home, patience=PATIENCE))
    _renames(home)
    return found + [finding for ask in DOUBTS for finding in ask(home)]


def _renames(home: Home) -> None:
    """A folder in which a name cannot be given is wrong for good; one that is away now is waited for (F18, F22)."""
    for channel in home.wires.channels.values():
        if isinstance(channel, FolderChannel):
            try:
                channel.check(BoxName.OUT)
            except ChannelError as error:
                if error.code == "CONFIG_OUTBOX_FS":
                    raise
