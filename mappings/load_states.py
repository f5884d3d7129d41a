"""A machine from `states.toml`, with the mistakes that a table of moves can hold refused."""

from __future__ import annotations

from mappings.states import By, Machine, Move, State
from mappings.table import Table

ACTIONS = frozenset(
    {
        "edit",
        "delete",
        "submit",
        "preview",
        "print",
        "withdraw",
        "modify",
        "confirm",
        "copy",
        "onsite",
        "reprint",
        "upload",
        "view",
        "download",
        "cancel",
        "handle",
        "check_sheet",
        "draft_sheet",
        "certificate_file",
    }
)


def load_machine(table: Table) -> Machine:
    """Raises BadKind: unknown or unreachable state, two moves on one event, a customs move that is not named by its end."""
    start = table.take("start", str)
    states = {state.code: state for state in (_state(entry) for entry in table.tables("state"))}
    moves: dict[tuple[str, str], Move] = {}
    for entry in table.tables("move"):
        for move in _moves(entry):
            _check_move(entry, move, states)
            if (move.source, move.on) in moves:
                raise entry.bad(f"a second move on '{move.on}' from {move.source}")
            moves[move.source, move.on] = move
    counts = {name: frozenset(codes) for name, codes in table.table("counts").items()}
    sums = dict(table.table("sums"))
    table.done()
    machine = Machine(start, states, moves, counts, sums)
    for name, acts in counts.items():
        if unknown := acts - machine.acts:
            raise table.bad(f"{name} counts {sorted(unknown)}, which is no act")
    _check_reachable(table, machine)
    return machine


def _state(table: Table) -> State:
    state = State(
        code=table.take("code", str),
        zh=table.take("zh", str),
        en=table.take("en", str),
        permits=frozenset(table.texts("permits")),
        final=table.flag("final"),
        within=table.span("within"),
        since_opened=table.flag("since_opened"),
    )
    table.done()
    if unknown := state.permits - ACTIONS:
        raise table.bad(f"unknown action {sorted(unknown)}")
    return state


def _moves(table: Table) -> list[Move]:
    on, to, by = table.take("on", str), table.take("to", str), table.choice("by", By)
    skips = table.flag("skips")
    sources = table.texts("from")
    table.done()
    return [Move(on, source, to, by, skips) for source in sources]


def _check_move(table: Table, move: Move, states: dict[str, State]) -> None:
    for code in (move.source, move.to):
        if code not in states:
            raise table.bad(f"unknown state '{code}'")
    if move.by is By.CUSTOMS and move.on != move.to:
        raise table.bad(f"a status code is the code of the state it leads to, but '{move.on}' leads to {move.to}")


def _check_reachable(table: Table, machine: Machine) -> None:
    if machine.start not in machine.states:
        raise table.bad(f"unknown state '{machine.start}' as start")
    reached, frontier = {machine.start}, {machine.start}
    while frontier:
        frontier = {move.to for (source, _), move in machine.moves.items() if source in frontier} - reached
        reached |= frontier
    if lost := machine.states.keys() - reached:
        raise table.bad(f"state {sorted(lost)} cannot be reached")
