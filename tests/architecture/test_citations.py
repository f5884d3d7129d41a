"""Every citation of a design page resolves: page, heading, section, row; and what the pages say of tests is there."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs/design"
NAMES = (
    "architecture",
    "contract",
    "domain",
    "performance",
    "profile",
    "real-messages",
    "reliability",
    "stack",
    "style",
)

ROW = r"(?:[BF]\d{2,3}|P\d{1,2}|R-\d{2})"
SECTION = r"(?:(?:part|section) )?\d{1,2}(?:\.\d{1,2})?(?![\w.]*\d)"
ANCHOR = rf"(?:{ROW}(?:-{ROW})?|{SECTION})"
HEADING = r"[A-Z][A-Za-z]*(?: [a-z]+)*(?: \d+)?"
CITATION = re.compile(
    rf"(?<![\w/.`-])(?P<page>{'|'.join(NAMES)})(?:\.md)?"
    rf"(?: (?P<anchors>{ANCHOR}(?:(?:, | and | to | |; (?={ROW})){ANCHOR})*)(?:, (?P<under>[A-Z][a-z]+(?: [a-z]+)*))?"
    rf"|,? \"(?P<quoted>[^\"]+)\"|, (?P<heading>{HEADING}))"
)
BARE = re.compile(rf"\({ROW}(?:[-,; ]+{ROW})*\)|; {ROW}\)|(?<![\w-])R-\d{{2}}\b")
MENTION = re.compile(rf"(?<![\w/-])(?P<page>{'|'.join(NAMES)})\.md\b")


@dataclass(frozen=True)
class Page:
    """headings: their words, and their numbers where they have one. rows: first cells of tables. items: of lists, by heading."""

    headings: frozenset[str]
    rows: frozenset[str]
    items: frozenset[tuple[str, str]]

    def has(self, anchor: str) -> bool:
        heading, _, item = anchor.rpartition(" ")
        return anchor in self.headings or anchor in self.rows or (heading, item) in self.items


def read_page(text: str) -> Page:
    headings: set[str] = set()
    rows: set[str] = set()
    items: set[tuple[str, str]] = set()
    last = ""
    for line in text.splitlines():
        if title := re.fullmatch(r"#+ (?:(\d+(?:\.\d+)*)\.? )?(.+)", line):
            headings |= {part for part in title.groups() if part}
            last = title[2]
        elif row := re.match(r"\| ([^|]+?) \|", line):
            rows.add(row[1])
        elif item := re.match(r"(\d+)\. ", line):
            items.add((last, item[1]))
    return Page(frozenset(headings), frozenset(rows), frozenset(items))


@cache
def pages() -> dict[str, Page]:
    return {file.stem: read_page(file.read_text(encoding="utf-8")) for file in PAGES.glob("*.md")}


def unresolved(text: str) -> list[str]:
    """The citations of a text that lead nowhere."""
    return [f"{page} {anchor}".strip() for page, anchor in dict.fromkeys(cited(text)) if not resolves(page, anchor)]


def resolves(page: str, anchor: str) -> bool:
    return page in pages() and (not anchor or pages()[page].has(anchor))


def cited(text: str) -> Iterator[tuple[str, str]]:
    """(page, anchor), ranges taken apart. A row without a page is one of reliability, a rule one of domain."""
    for found in CITATION.finditer(text):
        for anchor in re.findall(ANCHOR, found["anchors"] or ""):
            yield from ((found["page"], each) for each in spread(re.sub(r"^(part|section) ", "", anchor)))
        for heading in (found["under"], found["quoted"], found["heading"]):
            if heading:
                yield found["page"], heading
    for bare in BARE.finditer(text):
        for anchor in re.findall(rf"{ROW}(?:-{ROW})?", bare[0]):
            yield from (("domain" if each[0] == "R" else "reliability", each) for each in spread(anchor))
    yield from ((found["page"], "") for found in MENTION.finditer(text))


def spread(anchor: str) -> list[str]:
    if not (ends := re.fullmatch(r"([BFP])(\d+)-\1(\d+)", anchor)):
        return [anchor]
    width = len(ends[2]) if ends[2].startswith("0") else 0
    return [f"{ends[1]}{number:0{width}d}" for number in range(int(ends[2]), int(ends[3]) + 1)]


@cache
def prose(file: Path) -> tuple[str, ...]:
    return tuple(spoken(file))


def spoken(file: Path) -> Iterator[str]:
    """What a file says to people: docstrings and comments of Python, all of TOML, the lines of a page."""
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        yield from text.splitlines()
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield " ".join(node.value.value.split())
    comments: list[str] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            comments.append(token.string.lstrip("#").strip())
        elif token.type not in (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT) and comments:
            yield " ".join(comments)
            comments = []
    yield " ".join(comments)


def files() -> Iterator[Path]:
    for suffix in ("py", "toml", "md"):
        for file in sorted(ROOT.rglob(f"*.{suffix}")):
            parts = file.relative_to(ROOT).parts
            if not any(part.startswith(".") or part in ("build", "dist", "node_modules") for part in parts):
                yield file


def unresolved_in(file: Path) -> list[str]:
    return [wrong for text in prose(file) for wrong in unresolved(text)]


def test_every_citation_resolves() -> None:
    wrong = {str(file.relative_to(ROOT)): found for file in files() if (found := unresolved_in(file))}
    assert wrong == {}


def test_the_known_citations_are_seen() -> None:
    """Were the grammar to see nothing, all would resolve."""
    seen = {place for file in files() for text in prose(file) for place in cited(text)}
    assert len(seen) > 150
    assert {
        ("profile", "Signature"), ("profile", "Codes and rules"), ("real-messages", "3.6"), ("real-messages", "2.3"),
        ("domain", "3.15"), ("domain", "R-07"), ("contract", "A declaration"), ("architecture", "4"),
        ("performance", "Design 5"), ("reliability", "3"), ("reliability", "F18"), ("reliability", "P18"), ("reliability", "B100"),
    } <= seen  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("limits (reliability B06)", []),
        ("limits (reliability B111)", ["reliability B111"]),
        ("sheets (reliability B109-B112)", ["reliability B111", "reliability B112"]),
        ("keys (reliability F09 F71)", ["reliability F71"]),
        ("a file (profile, Folders; B999)", ["reliability B999"]),
        ("what stops (P24), what does not (P27)", ["reliability P27"]),
        ("the seal (profile, Signature)", []),
        ("the seal (profile, Signatures)", ["profile Signatures"]),
        ('Sources: profile "Codes and rules", profile "Rules".', ["profile Rules"]),
        ("spelled so (real-messages 2.2, 2.9)", ["real-messages 2.9"]),
        ("numbers (domain.md part 2; domain 12)", ["domain 12"]),
        ("marks (domain 3.15, R-02, R-77)", ["domain R-77"]),
        ("the chain (reliability 8, Audit chain), (reliability 8, No chain)", ["reliability No chain"]),
        ("in waves (performance, Design 6) and (performance, Design 66)", ["performance Design 66"]),
        ("taken from (stack 3)", ["stack 3"]),
        ("see stack.md", ["stack "]),
    ],
)
def test_a_wrong_citation_is_told(text: str, told: list[str]) -> None:
    assert unresolved(text) == [each.strip() for each in told]


def test_a_wrong_citation_is_found_in_every_sort_of_file(tmp_path: Path) -> None:
    code = (
        'def f() -> str:\n    """Broken\n    over lines (reliability\n    B111)."""\n'
        '    return "reliability B112"  # F99: (reliability\n    # F98)\n'
    )
    texts = {"a.py": code, "a.toml": 'source = "contract, Nowhere"\n', "a.md": "As said (domain 3.99).\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    told = {name: unresolved_in(tmp_path / name) for name in texts}
    assert told == {
        "a.py": ["reliability B111", "reliability F98"],
        "a.toml": ["contract Nowhere"],
        "a.md": ["domain 3.99"],
    }


def test_the_tables_have_no_gaps() -> None:
    wanted = {"P": range(1, 27), "F": range(1, 71), "B": range(1, 111)}
    rows = {f"{letter}{n:02d}" if letter != "P" else f"P{n}" for letter, numbers in wanted.items() for n in numbers}
    assert rows <= pages()["reliability"].rows
    assert {f"R-{n:02d}" for n in range(1, 56)} <= pages()["domain"].rows


@cache
def functions_of(path: str) -> frozenset[str]:
    file = ROOT / path
    tree = ast.parse(file.read_text(encoding="utf-8")) if file.is_file() else ast.Module([], [])
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_shown_by_names_tests_and_vectors_that_exist() -> None:
    text = "\n".join(file.read_text(encoding="utf-8") for file in PAGES.glob("*.md"))
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
    assert named
    assert [f"{path}::{name}" for path, name in named if name not in functions_of(path)] == []
    folders = {"V": ROOT / "tests/vectors", "F": ROOT / "tests/vectors_files", "C": ROOT / "tests/vectors_csv"}
    vectors = [
        (letter, name)
        for letter, names in re.findall(r"(?<=[| ])([VFC])((?: `[\w/-]+`)+)", text)
        for name in re.findall(r"`([\w/-]+)`", names)
    ]
    assert vectors
    assert [f"{letter} {name}" for letter, name in vectors if not list(folders[letter].glob(f"{name}.*"))] == []


def test_links_and_paths_of_the_pages_exist() -> None:
    missing = []
    for page in PAGES.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        links = [page.parent / link for link in re.findall(r"\]\(([^)#]+)\)", text)]
        paths = [ROOT / path for path in re.findall(r"`((?:[a-z_]+/)+[\w-]+\.(?:py|toml|md|csv))[`:]", text)]
        missing += [f"{page.name}: {path}" for path in links + paths if not path.exists()]
        missing += [f"{page.name}: {path}" for path in re.findall(r"(?<![\w.<>/])/(?:work|tmp|home|root)/\S*", text)]
    assert missing == []
