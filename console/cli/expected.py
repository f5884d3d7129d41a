"""Where a document must end: what its kind's data says of the moods it was declared with and the answers it was given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mappings.kind import Kind
from mappings.load import Contract


def end(kind: Kind, contract: Contract, *, moods: Sequence[str] = (), answers: Sequence[str] = ()) -> str:
    """The code of the last state. moods: in their order, of which the first that decides anything decides.
    answers: the enterprise's acts upon it, in their order.

    A kind without receipts of its own is opened by customs, and stays as it was opened.
    """
    if not kind.receipts:
        return next(
            o.state for k in contract.kinds.values() if (o := k.opens_each) and o.kind == kind.name and not o.known
        )
    if answers:
        return kind.answers[answers[-1]][-1]
    fates = {mood for each in contract.kinds.values() for mood in each.moods}
    fate = next((mood for mood in moods if mood in fates), "")
    return kind.moods.get(fate, kind.happy[-1])


# What a mood leaves in the inbox besides its answers: how many files of which codes, at most one for each answer file.
TRACES: dict[str, tuple[str, ...]] = {
    "badseal": ("SIG_",),
    "garbage": ("XML_", "FILE_", "MOJIBAKE"),
    "half": ("XML_",),
    "stranger": ("SIG_",),
    "encoding": ("XML_", "FILE_", "MOJIBAKE"),
    "foreign": ("RCP_ORPHAN",),
}


def explained(code: str, moods: Iterable[str]) -> bool:
    """Does one of the moods that were played leave a file behind for this reason?"""
    return any(code.startswith(prefix) for mood in moods for prefix in TRACES.get(mood, ()))


def traces_missing(codes: Iterable[str], moods: Iterable[str]) -> list[str]:
    """Moods that were played and left nothing behind, although they should have."""
    found = list(codes)
    return [m for m in sorted(set(moods) & TRACES.keys()) if not any(c.startswith(p) for c in found for p in TRACES[m])]
