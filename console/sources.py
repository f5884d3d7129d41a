"""What of the manuals is built: every section, how far, and who cites it; a table of sections, kinds, rules and stories.

`python -m console.sources` fills the last column of `docs/sources.tsv` and prints `docs/reference/coverage.md`; what is said
by hand there (covered, note) stays. `--check` fails where a section is missing, a citation leads nowhere, a section counts
as covered and nobody cites it, who is named does not cite it, or the page differs from the table.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from io import StringIO
from pathlib import Path

from mappings.dictionary import MANUAL
from mappings.kind import Group, Kind, Part
from mappings.load import Contract, contract
from mappings.screens import screens

SOURCES = Path("docs/sources.tsv")
PAGE = Path("docs/reference/coverage.md")
FRONT = "<!-- Printed by `python -m console.sources`: do not edit. -->"
PACKAGES = (
    "channels",
    "console",
    "gateway",
    "inbox",
    "ledger",
    "mappings",
    "outbox",
    "papers",
    "parcel",
    "signing",
    "simulator",
    "xsd",
)
COVERED = ("yes", "partial", "no")
HEAD = ("manual", "section", "title", "covered", "note", "cited_by")
ELEMENTS = "dictionary"  # says what a field is, which covers nothing by itself

Section = tuple[str, str]  # manual, section
Citers = Mapping[Section, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Row:
    """One section. cited_by: kinds, their rules as `kind#code` and formats as `kind/id`, `dictionary`, modules,
    screens as `screens/name`."""

    manual: str
    section: str
    title: str
    covered: str = "no"
    note: str = ""
    cited_by: tuple[str, ...] = ()

    @property
    def key(self) -> Section:
        return self.manual, self.section


def citers(of: Contract, root: Path) -> Citers:
    """Who cites each section, in the order of the alphabet."""
    found: dict[Section, set[str]] = defaultdict(set)
    for who, source in [*_by_contract(of), *_by_screens(), *_by_modules(root)]:
        for manual, section in MANUAL.findall(source):
            found[manual, section.rstrip(".")].add(who)
    return {key: tuple(sorted(names)) for key, names in found.items()}


def _by_contract(of: Contract) -> Iterator[tuple[str, str]]:
    for kind in of.kinds.values():
        yield kind.name, kind.source
        yield from ((kind.name, source) for source in _groups(kind.parts))
        yield from ((kind.name, receipt.source) for receipt in kind.receipts.values())
        yield from ((f"{kind.name}#{rule.code}", rule.source) for rule in kind.rules)
        for format_ in kind.formats.values():
            of_format = [format_.source, *_groups(format_.parts)]
            yield from ((f"{kind.name}/{format_.id}", source) for source in of_format)
    yield from ((ELEMENTS, element.source) for element in of.dictionary.elements.values())
    yield from ((ELEMENTS, grammar.source) for grammar in of.dictionary.grammars.values())


def _by_screens() -> Iterator[tuple[str, str]]:
    yield from ((f"screens/{screen.name}", screen.source) for screen in screens().values())


def _groups(parts: Iterable[Part]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Group):
            yield part.source
            yield from _groups(part.parts)


def _by_modules(root: Path) -> Iterator[tuple[str, str]]:
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*.py")):
            yield str(file.relative_to(root)), file.read_text(encoding="utf-8")


def sections() -> list[Row]:
    text = files("mappings").joinpath("sections.csv").read_text(encoding="utf-8")
    return [Row(row["manual"], row["section"], row["title"]) for row in csv.DictReader(text.splitlines())]


def read(text: str) -> list[Row]:
    """Raises ValueError naming the line."""
    rows = list(csv.reader(StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows or tuple(rows[0]) != HEAD:
        raise ValueError(f"{SOURCES}: the first line names the columns {', '.join(HEAD)}")
    if wrong := next((number for number, row in enumerate(rows, 1) if len(row) != len(HEAD)), 0):
        raise ValueError(f"{SOURCES}: line {wrong} has not {len(HEAD)} columns")
    return [Row(m, s, title, how, note, tuple(names.split())) for m, s, title, how, note, names in rows[1:]]


def written(rows: Iterable[Row]) -> str:
    lines = [HEAD, *((r.manual, r.section, r.title, r.covered, r.note, " ".join(r.cited_by)) for r in rows)]
    return "".join("\t".join(line) + "\n" for line in lines)


def renewed(given: Iterable[Row], cited: Citers) -> list[Row]:
    """Every section in its order, with what was said of it and who cites it now."""
    said = {row.key: row for row in given}
    return [
        replace(row, covered=said[row.key].covered, note=said[row.key].note, cited_by=cited.get(row.key, ()))
        if row.key in said
        else replace(row, cited_by=cited.get(row.key, ()))
        for row in sections()
    ]


def wrong(rows: Iterable[Row], cited: Citers) -> Iterator[str]:
    """What does not hold between the table, the list of sections and the citations."""
    rows, known = list(rows), {row.key for row in sections()}
    keys = [row.key for row in rows]
    for key in dict.fromkeys(keys):
        if key not in known or keys.count(key) > 1:
            yield f"manual {key[0]} §{key[1]}: {'stands twice' if key in known else 'there is no such section'}"
    for manual, section in sorted(known - set(keys)):
        yield f"manual {manual} §{section}: a section of the manual is missing"
    for (manual, section), names in sorted(cited.items()):
        if (manual, section) not in known:
            yield f"{', '.join(names)} cites manual {manual} §{section}, which there is not"
    for row in rows:
        yield from (
            f"manual {row.manual} §{row.section}: {problem}" for problem in _unsound(row, cited.get(row.key, ()))
        )


def _unsound(row: Row, names: tuple[str, ...]) -> Iterator[str]:
    doers = [name for name in names if name != ELEMENTS]
    if row.covered not in COVERED:
        yield f"covered is {row.covered!r}, not one of {', '.join(COVERED)}"
    if row.covered == "yes" and not doers:
        yield "counts as covered, and no kind, rule, format or module cites it"
    if row.covered == "partial" and not row.note:
        yield "is covered in part, and nothing says what is missing"
    if row.covered == "no" and doers:
        yield f"counts as not covered, and {', '.join(doers)} cites it: say in {SOURCES} how far it is"
    if strangers := [name for name in row.cited_by if name not in names]:
        yield f"{', '.join(strangers)} does not cite it: run make print"


def coverage(of: Contract, rows: Iterable[Row]) -> str:
    """The page: sections with their kinds, rules and stories; a section that nobody covers in one line."""
    rows = list(rows)
    lines = [FRONT, "", "# 手册覆盖 / what of the manuals is built", ""]
    counts = ", ".join(f"{word} {sum(row.covered == word for row in rows)}" for word in COVERED)
    lines += [f"{len(rows)} 节 / sections: {counts}. `docs/sources.tsv` 逐节列出引用者 / names who cites each."]
    for manual in sorted({row.manual for row in rows}):
        lines += [
            "",
            f"## {manual}",
            "",
            "| § | 节 | 实现 covered | 种类 kinds | 规则 rules | 情节 stories | 说明 note |",
        ]
        lines += ["|" + " --- |" * 7]
        shown = [row for row in rows if row.manual == manual and (row.covered != "no" or row.note)]
        lines += [_line(of, row) for row in shown]
        if left := [row.section for row in rows if row.manual == manual and row not in shown]:
            lines += ["", f"未实现 / not built: §{', §'.join(left)}"]
    return "\n".join(lines) + "\n"


def _line(of: Contract, row: Row) -> str:
    names = {re.split("[#/]", name)[0] for name in row.cited_by} & of.kinds.keys()
    kinds = [of.kinds[name] for name in sorted(names)]
    rules = sorted({name.partition("#")[2] for name in row.cited_by if "#" in name})
    cells = (
        row.section, row.title, row.covered, ", ".join(f"[{k.name}](kinds/{k.name}.md)" for k in kinds),
        ", ".join(rules), ", ".join(_stories(kinds, row)), row.note,
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _stories(kinds: Iterable[Kind], row: Row) -> Iterator[str]:
    """Of the kinds whose own source is this section."""
    for kind in kinds:
        if row.key in {(m, s.rstrip(".")) for m, s in MANUAL.findall(kind.source)}:
            yield from (f"{kind.name}/{story}" for story in kind.stories)


def main(arguments: list[str]) -> int:
    of, root = contract(), Path()
    cited = citers(of, root)
    given = read(SOURCES.read_text(encoding="utf-8")) if SOURCES.is_file() else []
    if "--check" not in arguments:
        rows = renewed(given, cited)
        SOURCES.write_text(written(rows), encoding="utf-8")
        PAGE.write_text(coverage(of, rows), encoding="utf-8")
        return 0
    problems = list(wrong(given, cited))
    if not problems and (not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != coverage(of, given)):
        problems = [f"{PAGE} differs from the contract: run make print"]
    sys.stderr.write("".join(f"{problem}\n" for problem in problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
