"""Why a workbook is turned away: codes IMP_*, each fault at its cell (reliability B98-B106)."""

from __future__ import annotations

from dataclasses import replace

from gateway.errors import Unreadable
from gateway.intake.map_rows import told
from mappings.faults import Fault

SENTENCE = "导入格式错误，请导入 xls/xlsx 格式文件！"
"""The manual's own (002, 商品导入), for files that are no workbook at all."""
_WHOLE = frozenset({"IMP_TYPE", "IMP_ENCRYPTED", "IMP_ACTIVE"})


class SheetRefused(Unreadable):
    """`faults`: everything that is wrong, each with its address as `path`; the error's own code is that of the first."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(faults[0].code, path=faults[0].path, found=faults[0].found)
        self.faults = faults

    @property
    def zh(self) -> str:
        return "；".join(fault.zh for fault in self.faults)

    @property
    def en(self) -> str:
        return "; ".join(fault.en for fault in self.faults)


def bad_file(code: str, name: str, zh: str, en: str) -> SheetRefused:
    """The file as a whole."""
    fault = told(code, "", name, zh, en)
    return SheetRefused(replace(fault, zh=f"{SENTENCE}（{zh}）") if code in _WHOLE else fault)


def bad_cell(code: str, place: str, found: str, zh: str, en: str) -> Fault:
    """One cell. place: `A2 · 商品编码`."""
    return told(code, place, found, zh, en)
