"""Any counterpart held against the contract: `gateway conform --channel C`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli.door import Door

if TYPE_CHECKING:
    from gateway.conformance.verdict import Verdict


def conform(
    door: Door,
    channel: Annotated[str, typer.Option("--channel", metavar="C", help="通道 / the channel.")] = "customs",
    limit: Annotated[float, typer.Option("--limit", min=1, help="每个情节的秒数 / seconds for a story.")] = 60.0,
    *,
    happy: Annotated[bool, typer.Option("--happy", help="只演通过的情节 / only what goes well: no moods.")] = False,
) -> int:
    """用情节检验任何海关端 / play the stories against any counterpart, and say what differs."""
    from gateway.conformance.play import Player
    from gateway.worker import locked

    verdicts: dict[str, Any] = {}
    with door.open() as home, locked(home):
        for story, verdict in Player(home, channel, limit=limit).play(happy_only=happy):
            verdicts[story.name] = _told(verdict)
            if not door.json:
                _say(door, story.name, verdict)
    if door.json:
        door.teller.tell(verdicts, lambda _: None)
    return 0 if all(told["ok"] for told in verdicts.values()) else 1


def _told(verdict: Verdict) -> dict[str, Any]:
    found = [{"code": str(d.finding), "detail": d.detail, "zh": d.zh, "en": d.en} for d in verdict.differences]
    return {"ok": verdict.ok, "differences": found}


def _say(door: Door, name: str, verdict: Verdict) -> None:
    """One line a story as it ends, one more a difference."""
    lines = [f"{'✓' if verdict.ok else '✗'} {name}"]
    lines += [f"  {d.finding}  {door.teller.one(d.zh, d.en)}" for d in verdict.differences]
    door.teller.tell(None, lambda out: out.print("\n".join(lines)))
