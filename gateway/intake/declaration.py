"""One declaration as a file gave it, and the way back from a fault to the enterprise's own place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mappings.faults import Fault

MapReader = Callable[[bytes, str], Sequence["Declaration"]]


def here(path: str) -> str:
    """The place of a fault in a file that has the declaration's own form: its JSON pointer."""
    return path


@dataclass(frozen=True, slots=True)
class Declaration:
    """file: as the enterprise named it. value: the declaration, empty where it could not be read (then `faults` say why).

    locate: JSON pointer to the enterprise's own place, such as `row 3, column 数量`.
    enterprise: the code of the folder it lay in, which the declaration must then name.
    beside: the folder in which its attachments lie; None where they come as data.
    """

    file: str
    value: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    locate: Callable[[str], str] = here
    enterprise: str = ""
    beside: Path | None = None

    @property
    def reference(self) -> str:
        found = self.value.get("reference")
        return found if isinstance(found, str) else ""

    def told(self, faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
        """The faults, each at the enterprise's own place."""
        return tuple(replace(fault, path=self.locate(fault.path)) for fault in faults)


def fingerprint(kind: str, content: Mapping[str, Any]) -> str:
    """sha256 of what is declared, whatever the order of its keys: the same content has the same fingerprint."""
    text = json.dumps([kind, content], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
