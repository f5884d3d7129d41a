"""What goes wrong at customs' end, told on stderr: once for each place, and again when it changes."""

from __future__ import annotations

import sys


class Alarm:
    """A trouble that lasts is told once; `clear` forgets it, so that its return is told."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def tell(self, place: str, problem: object) -> None:
        if self._told.get(place) != str(problem):
            self._told[place] = str(problem)
            sys.stderr.write(f"{place}: {problem}\n")

    def clear(self, place: str) -> None:
        self._told.pop(place, None)
