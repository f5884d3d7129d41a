"""Documents by the business that they are about, with the files that came with them; and what customs says of one anew."""

from __future__ import annotations

import hashlib

from ledger.rows import Attached, DocumentChange, Settlement
from tests.ledger.world import World, number

BUSINESS = "010120241000003567"


def opened(world: World, serial: int, minutes: int, *, text: str, files: tuple[Attached, ...] = ()) -> None:
    """Customs says all that there is to know of a document."""
    key = (world.enterprise.id, number(serial))
    change = DocumentChange(number(serial), "application", 1, text, {"said": text}, None, about=BUSINESS)
    (arrived,) = world.arrive(f"<{serial} {minutes}/>".encode())
    world.ledger.settle(
        [
            Settlement(
                arrived.id,
                "understood",
                events=(world.event(serial, "HS", minutes),),
                opens=((world.enterprise.id, change),),
                attached=tuple((key, file) for file in files),
            )
        ]
    )


def file(name: str) -> Attached:
    body = f"%PDF-{name}".encode()
    return Attached("", name, 1, hashlib.sha256(body).hexdigest(), body)


def test_documents_are_found_by_what_they_are_about(world: World) -> None:
    opened(world, 1, 1, text="{}")
    opened(world, 2, 2, text="{}")
    assert [row.number for row in world.ledger.about([BUSINESS, "nobody's"])] == [number(1), number(2)]
    assert world.ledger.about([]) == [] == world.ledger.about([""])


def test_what_is_said_anew_is_the_next_revision_and_what_is_late_is_none(world: World) -> None:
    opened(world, 1, 1, text='{"a": 1}')
    opened(world, 1, 3, text='{"a": 3}')
    opened(world, 1, 2, text='{"a": 2}')
    [row] = world.ledger.find([number(1)])[number(1)]
    assert (row.revision, row.declaration, row.about) == (1, '{"a": 3}', BUSINESS)


def test_the_files_of_a_document_come_in_the_order_in_which_they_came(world: World) -> None:
    opened(world, 1, 1, text="{}", files=(file("b.pdf"),))
    opened(world, 1, 2, text="{}", files=(file("a.pdf"),))
    opened(world, 2, 3, text="{}", files=(file("c.pdf"),))
    assert [each.name for each in world.ledger.files((world.enterprise.id, number(1)))] == ["b.pdf", "a.pdf"]
    assert world.ledger.files((world.enterprise.id, number(2))) == [file("c.pdf")]
    assert world.ledger.files((world.enterprise.id, number(3))) == []
