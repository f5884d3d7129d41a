"""What others change while customs works: enterprises and ways in customs.toml, certificates in its key folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mappings.faults import Refused
from signing.folder import stamp
from signing.registry import Registry
from simulator.house import FILE, load_settings
from simulator.tools import Tools

FIXED = (
    "node",
    "channels",
    "contract",
    "scenario",
    "seed",
    "users",
)  # of the settings, what holds until the next start


class Renewal:
    """Looked at before every pass. What cannot be read is told, and the old goes on holding. folder: `customs/`."""

    def __init__(self, folder: Path, keys: Path) -> None:
        self._file = folder / FILE
        self._keys = keys
        self._seen = self._look()

    def renewed(self, tools: Tools) -> Tools:
        """The tools as they are now: the same, where nothing has changed."""
        seen = self._look()
        if seen == self._seen:
            return tools
        try:
            settings, registry = load_settings(self._file.parent), Registry.load(self._keys)
        except Refused as problem:
            tools.alarm.tell(str(self._file.parent), problem)
            return tools
        self._seen = seen
        tools.alarm.clear(str(self._file.parent))
        kept = {name: getattr(tools.settings, name) for name in FIXED}
        return replace(tools, settings=replace(settings, **kept), registry=registry)

    def _look(self) -> tuple[object, ...]:
        return (self._file.stat().st_mtime_ns, *stamp(self._keys)) if self._file.exists() else ()
