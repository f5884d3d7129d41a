"""The .xls of Excel 97-2003: read like an .xlsx, bounded like it; its hostile forms are vectors (`tests/vectors_files/xls`)."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.intake.sheet import Cell, CellKind, SheetRefused, read_sheet
from gateway.intake.xls_container import SIZE, Container, contained
from gateway.intake.xls_records import records, shared_lengths
from tests.vectors_files.judge import HERE

OK, LONG, HIDDEN = (
    (HERE / "xls" / name).read_bytes() for name in ("ok.xls", "ok-long-texts.xls", "ok-hidden-first.xls")
)


def workbook(data: bytes) -> bytes:
    container = Container(data, "a.xls")
    return container.read(next(entry for entry in container.entries if entry.name == "Workbook"))


def code(data: bytes, name: str = "a.xls") -> str:
    try:
        read_sheet(data, name)
    except SheetRefused as refused:
        return refused.code
    return ""


def test_cells_have_addresses_and_kinds() -> None:
    found = read_sheet(HIDDEN, "a.xls")
    assert found.title == "商品", "the sheet that a person sees first"
    row = found.rows[0].cells
    assert row["商品编码"] == Cell("A2", "0203290010")
    assert row["申请重量"] == Cell("C2", "12.5", CellKind.NUMBER)
    assert row["生产日期"] == Cell("G2", "2022-10-01", CellKind.DATE)
    assert row["抽检"] == Cell("H2", "true", CellKind.BOOLEAN)
    assert found.rows[1].cells["申请重量"].text == "17999.89"


def test_texts_that_go_on_in_further_records() -> None:
    found = read_sheet(LONG, "a.xls")
    names = [row.cells["商品名称"].text for row in found.rows]
    assert names == ["冻" * 4200 + "4200", "冻" * 4111 + "4111", "冻" * 9 + "9", "p" * 9001]
    table = [record for record in records(workbook(LONG), 0, "a.xls") if record.type in (0xFC, 0x3C)]
    assert len(table) > 2, "it does not fit into one record"
    assert {len(name) for name in names} <= set(shared_lengths(table, "a.xls"))


def test_an_xls_is_called_xls() -> None:
    """What Excel would warn of is refused, as any other file in another's clothes (B99)."""
    assert code(OK, "a.xlsx") == "IMP_ENCRYPTED"
    assert code(OK, "A.XLS") == ""


def test_a_file_that_is_too_large_is_not_looked_into() -> None:
    assert code(OK.ljust(SIZE + 1, b"\0")) == "IMP_LIMIT"


def test_a_text_that_stands_in_its_cell() -> None:
    """As few programs write it: LABEL, in one byte a character or in two."""
    stream = workbook(OK)
    end = stream.rindex(struct.pack("<HH", 0x0A, 0))
    texts = ("冻鱼".encode("utf-16-le"), 1), (b"\xe9 fish", 0)
    cells = b"".join(
        struct.pack("<HHHHHHB", 0x204, 9 + len(raw), row, 1, 0, len(raw) // (1 + wide), wide) + raw
        for row, (raw, wide) in enumerate(texts, 5)
    )
    found = read_sheet(contained(stream[:end] + cells + stream[end:]), "a.xls")
    assert [row.cells["商品名称"].text for row in found.rows if row.number > 5] == ["冻鱼", "é fish"]


def test_much_of_anything_is_not_read() -> None:
    """Two million empty texts, a million empty records: small files that would keep a reader busy."""
    stream = workbook(OK)
    head, table = 20, struct.pack("<HH", 0xFC, 0x2010)
    texts = table + struct.pack("<II", 2_000_000, 2_000_000) + bytes(0x2008)
    assert code(contained(stream[:head] + texts + stream[head:])) == "IMP_LIMIT"
    assert code(contained(stream[:head] + struct.pack("<HH", 0x18, 0) * 1_000_000 + stream[head:])) == "IMP_LIMIT"


@pytest.mark.parametrize("version", [3, 4])
def test_a_chain_that_comes_back_upon_itself_has_no_end(version: int) -> None:
    """With sectors of 4096 bytes a table may name a hundred thousand of them."""
    data = bytearray(OK)
    data[26], data[30] = version, 9 if version == 3 else 12
    sector = 512 if version == 3 else 4096
    big = bytearray(bytes(data[:512]).ljust(sector, b"\0") + struct.pack("<I", 0) * (sector // 4) + bytes(sector))
    struct.pack_into("<I", big, 44, 1)
    struct.pack_into("<I", big, 48, 0)
    struct.pack_into("<II", big, 60, 0xFFFFFFFE, 0)
    struct.pack_into("<109I", big, 76, 0, *[0xFFFFFFFF] * 108)
    assert code(bytes(big)) == "IMP_TYPE"


def test_one_cell_twice_is_two_readings() -> None:
    stream = workbook(OK)
    end = stream.rindex(struct.pack("<HH", 0x0A, 0))
    twice = struct.pack("<HHHHHd", 0x203, 14, 1, 2, 0, 99.0)
    assert code(contained(stream[:end] + twice + stream[end:])) == "IMP_TYPE"


@pytest.mark.parametrize("cut", range(0, 4096, 97))
def test_a_file_cut_anywhere_is_refused(cut: int) -> None:
    assert code(OK[:cut])


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, len(OK) - 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_any_bytes_changed_are_read_or_refused(changes: list[tuple[int, int]]) -> None:
    data = bytearray(OK)
    for at, byte in changes:
        data[at] = byte
    code(bytes(data))
