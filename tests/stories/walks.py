"""The ways that documents walk in the stories: what was done and said, in the fold's order, as `expect.toml` writes it down.

`submit>D SS HS print>HB`: the event, and the state after it where that is not its own name. `*` marks a move over a lost
receipt. The way of a machine beside stands under `NUMBER/validity`. `python -m tests.stories.walks` plays every story and
writes its ways anew; `tests/mappings/test_walked.py` holds them against the machines.
"""

from __future__ import annotations

import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ledger import Ledger
from mappings.kind import Kind
from mappings.load import Contract, contract
from mappings.states import Machine, Step, Verdict, fold

MOVED = (Verdict.APPLIED, Verdict.SKIPPED)
LONGEST = 110  # characters of a line of the table


def walks(ledger: Ledger, of: Contract) -> dict[str, str]:
    """Every document's way by its number, and those of the machines beside."""
    found: dict[str, str] = {}
    for row in ledger.documents():
        history, machine = ledger.history(row.number), of.kinds[row.kind].needs_machine()
        assert history is not None
        found[row.number] = written((e.code, e.to, e.verdict) for e in history.events)
        told = [e for e in history.events if e.what == "business"]
        for name, beside in machine.beside.items():
            if way := written(
                _beside(beside, [(e.facts[name], e.stated_at, e.receipt_no) for e in told if name in e.facts])
            ):
                found[f"{row.number}/{name}"] = way
    return found


def _beside(machine: Machine, told: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str, Verdict]]:
    from mappings.states import Event, What

    events = [Event(number, What.BUSINESS, code, stated, 0, number) for code, stated, number in told]
    steps: tuple[Step, ...] = fold(machine, events).steps
    yield from ((step.event.code, step.to, step.verdict) for step in steps)


def written(steps: Iterable[tuple[str, str, Verdict]]) -> str:
    words = []
    for code, to, verdict in steps:
        if verdict in MOVED:
            words.append(code + ("" if code == to else f">{to}") + ("*" if verdict is Verdict.SKIPPED else ""))
    return " ".join(words)


def read(way: str, machine: Machine) -> Iterator[tuple[str, str, str]]:
    """The moves of a way: (state, event, state after it)."""
    state = machine.start
    for word in way.split():
        code, _, to = word.rstrip("*").partition(">")
        yield state, code, to or code
        state = to or code


def expected(kind: Kind, story: str) -> dict[str, Any]:
    file = kind.folder.joinpath("stories", story, "expect.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def table(ways: Mapping[str, str]) -> str:
    lines = [
        "",
        "# How each document walks, from the start of its machine (printed by python -m tests.stories.walks).",
        "[walk]",
    ]
    lines += [f'{number if number.isalnum() else chr(34) + number + chr(34)} = "{way}"' for number, way in ways.items()]
    return "\n".join(lines) + "\n"


def main(names: list[str]) -> int:
    from tests.stories.player import STORIES, run, side_file, world

    for kind, story in STORIES:
        if names and kind.name not in names and f"{kind.name}-{story}" not in names:
            continue
        with (
            tempfile.TemporaryDirectory() as folder,
            world(Path(folder), side_file(kind, story, "numbers.toml")) as there,
        ):
            run(there, kind, story)
            ways = walks(there.home.ledger, contract())
        file = Path(str(kind.folder.joinpath("stories", story, "expect.toml")))
        before, _, _ = file.read_text(encoding="utf-8").partition("\n# How each document walks")
        file.write_text(before.rstrip("\n") + "\n" + (table(ways) if ways else ""), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
