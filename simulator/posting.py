"""The dispatch desk's last hand: what is due is put into the InBox. The same file twice is one file."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from zlib import crc32

from channels import ChannelError
from simulator.rows import Post
from simulator.tools import Tools

LIMIT = 256  # files in one pass
HANDS = 8  # that write at once: making a file durable is waiting, and disks take many waits together
WRITTEN, NAME_TAKEN = 1, -1

Result = tuple[Post, ChannelError | None]


def post(tools: Tools) -> int:
    """Write what is due. Returns how many files lie in an InBox now."""
    due = tools.store.due_posts(tools.clock.now(), LIMIT)
    marks: list[tuple[int, int]] = []
    for road, group in groupby(due, key=lambda one: one.road):
        results = _put(tools, road, list(group))
        _tell(tools, road, [problem for _, problem in results])
        marks += _marks(results)
    if marks:
        with tools.store.transaction():
            tools.store.mark_posts(marks)
    return sum(1 for mark, _ in marks if mark == WRITTEN)


def _put(tools: Tools, road: str, files: Sequence[Post]) -> list[Result]:
    """Files of one name stay in one hand, in their order: the half before the whole."""
    piles = [pile for n in range(HANDS) if (pile := [one for one in files if crc32(one.name.encode()) % HANDS == n])]
    if len(piles) == 1:
        return _put_pile(tools, road, piles[0])
    with ThreadPoolExecutor(len(piles), thread_name_prefix="post") as hands:
        return [result for done in hands.map(lambda pile: _put_pile(tools, road, pile), piles) for result in done]


def _put_pile(tools: Tools, road: str, pile: Sequence[Post]) -> list[Result]:
    results = tools.roads[road].inbox.put_all([(one.name, one.body) for one in pile], own_torn=True)
    return list(zip(pile, results, strict=True))


def _tell(tools: Tools, road: str, results: Sequence[ChannelError | None]) -> None:
    """The first trouble of an InBox."""
    trouble = next((problem for problem in results if problem is not None), None)
    if trouble is None:
        tools.alarm.clear(f"{road}/InBox")
    else:
        tools.alarm.tell(f"{road}/InBox", trouble)


def _marks(results: Sequence[Result]) -> list[tuple[int, int]]:
    """What could not be put stays due, except under a name that holds something else."""
    marks = []
    for file, problem in results:
        if problem is None or problem.code == "CHANNEL_CONFLICT":
            marks.append((NAME_TAKEN if problem else WRITTEN, file.id))
    return marks
