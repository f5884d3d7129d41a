"""Importing lines of goods into the draft of a notice (manual 002 §4.1.1.3, 导入): all of them or none.

What is imported stands for the lines that the draft had; the rest of the draft stays. Where there is no draft, the notice's
own data are the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.drafting.notices import begin
from gateway.errors import GatewayError
from gateway.home import Home
from gateway.intake.declaration import Declaration
from gateway.intake.lines import LINES, read_lines
from gateway.intake.sheet_errors import SheetRefused
from gateway.submission.draft import Outcome
from gateway.submission.submit import Submitter
from mappings.faults import Fault
from mappings.kind import Kind

IMPORTED, DECLARED = "文件导入成功", "数据申报成功"
"""The manual's own."""
CONTENT = "/content"


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file. lines: that the draft has now; 0 where the file was refused and nothing has changed."""

    outcome: Outcome
    lines: int = 0


def import_lines(home: Home, number: str, data: bytes, name: str, *, actor: str, declare: bool = False) -> Imported:
    """Put the lines of a workbook into the draft of a notice, or declare it with them at once.

    Refused, beside what is wrong with the file: BIZ_UNKNOWN; WORK_NONE where the notice permits nothing any more.
    """
    try:
        value = begin(home, number)
    except GatewayError as none:
        return Imported(Outcome(name, "", "refused", number, faults=(none.at("", number),)))
    kind = home.contract.kinds[str(value["kind"])]
    if not kind.template:
        return Imported(_refused(value, name, (_asks_otherwise(home, kind),)))
    template = str(value["content"][kind.format_field])
    try:
        lines = read_lines(data, name, kind, template)
    except SheetRefused as refused:
        return Imported(_refused(value, name, refused.faults))

    def at(path: str) -> str:
        return lines.cells.get(path.removeprefix(CONTENT), path)

    given = {**value, "content": {**value["content"], LINES: lines.items}}
    [outcome] = Submitter(home, actor=actor).submit([Declaration(name, given, locate=at)], draft=not declare)
    outcome = replace(outcome, warnings=(*outcome.warnings, *(w for w in lines.doubts if w not in outcome.warnings)))
    return Imported(outcome, 0 if outcome.outcome == "refused" else len(lines.items))


def _asks_otherwise(home: Home, kind: Kind) -> Fault:
    """The sentence of the kind that has templates, for a notice that does not ask for data."""
    others = (each for each in home.contract.kinds.values() if each.template and each.acts_on == kind.acts_on)
    need = next(need for other in others for need in other.needs if need.facts)
    return Fault(need.code, f"{CONTENT}/{kind.target}", need.zh, need.en, need.source, "fix_and_resend")


def _refused(value: dict[str, object], name: str, faults: tuple[Fault, ...]) -> Outcome:
    return Outcome(name, str(value["reference"]), "refused", kind=str(value["kind"]), faults=faults)
