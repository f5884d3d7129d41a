"""Rows of a workbook for a map: the same strictness as a CSV file's, each fault at its cell."""

from __future__ import annotations

from gateway.intake.map_csv import check_header, skipped
from gateway.intake.map_format import Map
from gateway.intake.map_rows import BadSheet, Sheet
from gateway.intake.sheet import Table, read_table
from gateway.intake.sheet_errors import SheetRefused


def sheet(data: bytes, map_: Map, name: str) -> Sheet:
    """Raises BadSheet where the workbook as a whole cannot be read."""
    try:
        table = read_table(data, name, header_row=map_.origin.header_row)
    except SheetRefused as bad:
        raise BadSheet(*bad.faults) from bad
    return fitted(table, map_)


def fitted(table: Table, map_: Map) -> Sheet:
    """The rows of a table that has every column which the map needs. Raises BadSheet."""
    check_header(list(table.header), map_)
    return Sheet([row for row in table.rows if row.broken or not skipped(row, map_)])
