"""Routing: which channel carries a kind, in one table (profile, Folders). What is not routed is refused before signing.

The channel that names the kind has it; else the one whose routes hold the kind's BizID; else the default, if there is
one. The business folder is the kind's BizID on each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.errors import BadHome
from gateway.lanes.settings import ChannelSettings
from gateway.settings import Settings
from mappings.kind import Direction, Kind


def channel_of(settings: Settings, kind: Kind) -> ChannelSettings | None:
    """The channel that carries a kind, None where none does."""
    channels = tuple(settings.channels.values())
    named = next((channel for channel in channels if kind.name in channel.kinds), None)
    routed = next((channel for channel in channels if _holds(channel.routes, kind.biz)), None)
    return named or routed or next((channel for channel in channels if channel.default), None)


def folders(settings: Settings, kinds: Iterable[Kind]) -> Mapping[str, tuple[str, ...]]:
    """The business folders of every channel: its routes, and those of the kinds that come to it otherwise."""
    found = {name: list(channel.routes) for name, channel in settings.channels.items()}
    for kind in kinds:
        channel = channel_of(settings, kind) if kind.direction is Direction.OUT else None
        if channel and not _holds(found[channel.name], kind.biz):
            found[channel.name].append(kind.biz)
    return {name: tuple(folders_) for name, folders_ in found.items()}


def checked(settings: Settings, kinds: Mapping[str, Kind]) -> None:
    """Raises BadHome for a kind that there is not or that two channels name, and for two defaults."""
    owners: dict[str, str] = {}
    for channel in settings.channels.values():
        for name in channel.kinds:
            if name not in kinds or kinds[name].direction is not Direction.OUT:
                raise _bad(channel.name, f"kinds: {name!r} 不是可申报的种类 / is no kind to declare")
            if name in owners:
                raise _bad(channel.name, f"kinds: {name!r} 已归通道 {owners[name]} / belongs to {owners[name]}")
            owners[name] = channel.name
    defaults = [channel.name for channel in settings.channels.values() if channel.default]
    if len(defaults) > 1:
        raise _bad(defaults[1], f"default: {defaults[0]} 已是默认通道 / is the default already")


def _bad(channel: str, detail: str) -> BadHome:
    return BadHome("SYS_HOME", detail=f"[channels.{channel}] {detail}")


def _holds(routes: Iterable[str], biz: str) -> bool:
    return biz.lower() in (route.lower() for route in routes)
