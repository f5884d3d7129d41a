"""The dispatch desk: answers become files with a time of arrival, and moods make of them what the field makes of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from mappings.clock import stamp
from parcel.dxp import Head
from parcel.package.pack import is_package, packed, unpack
from signing.sign import PROLOG, seal
from simulator.message import Named, business, file_name, technical
from simulator.moods import BEHIND, SPREAD
from simulator.paper import WORD, with_papers
from simulator.record import PLAIN, RECEIPT, Made
from simulator.rows import Post, Taken
from simulator.tools import Tools

SEAL = b"<ds:SignatureValue>"
SIGNATURE = re.compile(rb"<ds:Signature .*?</ds:Signature>", re.DOTALL)
STORM = 20
NOBODY = "9" * 13
GARBAGE = 400  # bytes


def dispatch(tools: Tools, cause: Taken, made: Sequence[Made], *, due: int) -> None:
    """Records of one carrier, as one message, on their way at `due` (µs)."""
    carrier, stated = made[0].carrier, max(one.stated for one in made)
    records: list[Mapping[str, Any]] = [one.record for one in made]
    records, papers = with_papers(carrier, records) if WORD in cause.moods else (records, [])
    told = partial(business, tools, carrier, records, receiver=cause.sender, stated=stated, papers=papers)
    another = partial(file_name, tools, str(records[0]["number"]), stated, extension="zip" if papers else "xml")
    name, body = told()
    files = [(another(), spoil(tools, body, name)) for word, spoil in SPOILT.items() if word in cause.moods]
    half, road = "half" in cause.moods, tools.road_for(cause.road, made[0].biz or carrier.biz)
    files.append((name, body[: len(body) // 2] if half else body))
    if "twice" in cause.moods:
        files.append((another(), body))
        files.append(told())
    if "storm" in cause.moods:
        files += [(another(), body) for _ in range(STORM)]
    _post(tools, cause, road, files, due)
    if half:
        _post(tools, cause, road, [(name, body)], due + BEHIND)


def acknowledge(tools: Tools, taken: Taken, head: Head) -> None:
    """Successed_: customs' side has the file."""
    if not tools.technical(taken.road):
        return
    files = [technical(tools, taken, head)]
    if "twice" in taken.moods:
        files.append((technical(tools, taken, head)[0], files[0][1]))
    _post(tools, taken, taken.road, files, taken.at + _shift(tools, taken))


def refuse(tools: Tools, taken: Taken, head: Head, info: str) -> None:
    """Failed_: the file is in FailBox, and why."""
    _post(tools, taken, taken.road, [technical(tools, taken, head, info=info)], taken.at)


def litter(tools: Tools, taken: Taken, number: str) -> None:
    """What lies about in a real InBox: receipts for others, and no receipts at all."""
    if "foreign" in taken.moods:
        _post(tools, taken, taken.road, [_foreign(tools, taken, number)], taken.at)
    if "garbage" in taken.moods:
        dice = tools.dice("garbage", taken.cop_msg_id)
        _post(tools, taken, taken.road, [(file_name(tools, number, taken.at), dice.randbytes(GARBAGE))], taken.at)


def broken(sealed: bytes, name: str = "") -> bytes:
    """The same message with another signature value. name: of a package, whose files stay."""
    if is_package(sealed):
        package = unpack(sealed)
        return packed(name, broken(package.xml), package.attachments)
    at = sealed.index(SEAL) + len(SEAL)
    return sealed[:at] + (b"B" if sealed[at : at + 1] == b"A" else b"A") + sealed[at + 1 :]


def _by_a_stranger(tools: Tools, sealed: bytes, name: str) -> bytes:
    """The same message, sealed with a key that nobody registered; with a broken seal where there is no such key, and in packages."""
    if tools.stranger is None or is_package(sealed):
        return broken(sealed, name)
    return seal([SIGNATURE.sub(b"", sealed.removeprefix(PROLOG))], signer=tools.stranger)[0]


def _otherwise_encoded(_: Tools, sealed: bytes, __: str) -> bytes:
    """It declares UTF-8 and has no mark; of a package, where the bytes are no text, the second half is missing."""
    return sealed[: len(sealed) // 2] if is_package(sealed) else sealed.decode().encode("utf-16-le")


SPOILT: Mapping[str, Callable[[Tools, bytes, str], bytes]] = {
    "badseal": lambda _, sealed, name: broken(sealed, name),
    "stranger": _by_a_stranger,
    "encoding": _otherwise_encoded,
}


def _foreign(tools: Tools, taken: Taken, number: str) -> Named:
    """A receipt that is well made and well sealed, for a document of nobody."""
    stated = stamp(taken.at)
    record: dict[str, Any] = {
        "cop_msg_id": f"{taken.sender}{stated}{NOBODY[:10]}",
        "message_type": taken.type,
        "number": f"{number[:5]}{NOBODY}",
        "receipt_no": tools.numbers.receipt_no(stated),
        "status": "HS",
        "sentence": f"编号[{number[:5]}{NOBODY}]，海关入库成功",
        "stated_at": stated,
    }
    assert record.keys() == RECEIPT
    return business(tools, tools.contract.kinds[PLAIN], [record], receiver=taken.sender, stated=taken.at)


def _shift(tools: Tools, taken: Taken) -> int:
    """µs by which the technical answer, which is the earliest, arrives later."""
    if "shuffle" in taken.moods:
        return tools.dice("technical", taken.cop_msg_id).randrange(SPREAD)
    return BEHIND if "early" in taken.moods else 0


def _post(tools: Tools, cause: Taken, road: str, files: Sequence[Named], due: int) -> None:
    tools.store.add_posts([Post(due, road, name, body, cause.first or cause.id) for name, body in files])
