"""The dispatch desk's last hand: what is due is put into the InBox. The same file twice is one file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from channels import ChannelError
from simulator.rows import Post
from simulator.tools import Tools

LIMIT = 256  # files in one pass
WRITTEN, NAME_TAKEN = 1, -1


def post(tools: Tools) -> int:
    """Write what is due. Returns how many files lie in an InBox now."""
    due = tools.store.due_posts(tools.clock.now(), LIMIT)
    marks: list[tuple[int, int]] = []
    for road, group in groupby(due, key=lambda one: one.road):
        files = list(group)
        results = _put(tools, road, files)
        _tell(tools, road, results)
        marks += _marks(files, results)
    if marks:
        with tools.store.transaction():
            tools.store.mark_posts(marks)
    return sum(1 for mark, _ in marks if mark == WRITTEN)


def _put(tools: Tools, road: str, files: Sequence[Post]) -> list[ChannelError | None]:
    return tools.roads[road].inbox.put_all([(file.name, file.body) for file in files], own_torn=True)


def _tell(tools: Tools, road: str, results: Sequence[ChannelError | None]) -> None:
    """The first trouble of an InBox."""
    trouble = next((problem for problem in results if problem is not None), None)
    if trouble is None:
        tools.alarm.clear(f"{road}/InBox")
    else:
        tools.alarm.tell(f"{road}/InBox", trouble)


def _marks(files: Sequence[Post], results: Sequence[ChannelError | None]) -> list[tuple[int, int]]:
    """What could not be put stays due, except under a name that holds something else."""
    marks = []
    for file, problem in zip(files, results, strict=True):
        if problem is None or problem.code == "CHANNEL_CONFLICT":
            marks.append((NAME_TAKEN if problem else WRITTEN, file.id))
    return marks
