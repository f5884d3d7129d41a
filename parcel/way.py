"""The two ways, as lists of stations, and who walks them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from mappings.faults import Refused
from parcel import stations as at
from parcel.errors import Poisoned
from parcel.parcel import Parcel

Station = Callable[..., Any]

OUTWARD: tuple[Station, ...] = (at.check, at.write, at.validate, at.wrap, at.seal, at.pack)
UNSEALED: tuple[Station, ...] = OUTWARD[:-2]  # where the key is not at hand: the worker seals later
PREVIEW: tuple[Station, ...] = OUTWARD[:3]  # a dry run: what would be sent, judged, and no further
INWARD: tuple[Station, ...] = (at.unpack, at.verify, at.unwrap, at.validate, at.read, at.match)

_OF_LISTS = frozenset({at.seal})
_TRIES = 3

Refusals = list[tuple[Parcel, Refused]]


def walk(way: Sequence[Station], parcels: Sequence[Parcel], tools: Mapping[str, Any]) -> tuple[list[Parcel], Refusals]:
    """Take the parcels along the way: those that arrived, in their order, and those refused with their reason.

    A station's own errors turn away one parcel. Anything else is met by trying that parcel alone, three times in
    all, and then parking it as POISON: one bad message never stops the others.
    """
    refused: Refusals = []
    for station in way:
        held = {name: tools[name] for name, needed in _tools(station) if needed or name in tools}
        step = _all_at_once if station in _OF_LISTS else _one_by_one
        parcels, turned_away = step(station, parcels, held)
        refused += turned_away
    return list(parcels), refused


@cache
def _tools(station: Station) -> tuple[tuple[str, bool], ...]:
    """The tools that a station takes, each with whether it cannot do without."""
    parameters = inspect.signature(station).parameters.values()
    return tuple((p.name, p.default is p.empty) for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY)


def _one_by_one(station: Station, parcels: Sequence[Parcel], tools: Mapping[str, Any]) -> tuple[list[Parcel], Refusals]:
    done: list[Parcel] = []
    refused: Refusals = []
    for parcel in parcels:
        try:
            done.append(_patiently(station, parcel, tools))
        except Refused as reason:
            refused.append((parcel, reason))
    return done, refused


def _all_at_once(
    station: Station, parcels: Sequence[Parcel], tools: Mapping[str, Any]
) -> tuple[list[Parcel], Refusals]:
    """A list station has no single parcel to blame: its error (no key, card removed) is the caller's to meet."""
    return (station(parcels, **tools) if parcels else []), []


def _patiently(station: Station, parcel: Parcel, tools: Mapping[str, Any]) -> Parcel:
    for attempt in range(1, _TRIES + 1):
        try:
            result: Parcel = station(parcel, **tools)
            return result
        except Refused:
            raise
        except Exception as unforeseen:
            if attempt == _TRIES:
                detail = f"{type(unforeseen).__name__}: {unforeseen}"
                raise Poisoned("POISON", detail=detail) from unforeseen
    raise AssertionError("unreachable")
