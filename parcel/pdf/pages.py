"""The pages of a PDF and what each weighs (ISO 32000-1, 7.7.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from parcel.inflate import Broken, Budget
from parcel.pdf.table import Document
from parcel.pdf.tokens import Ref, Value

PAGES = 1000
_LEVELS = 32  # of the page tree
_STEPS = 300_000  # of all walks through pages together
_ELSEWHERE = frozenset({"Parent", "P", "Dest", "D", "Kids", "StructParent"})  # keys that lead away from the page
_INHERITED = ("Resources",)
_NESTED = 16  # forms inside forms
_DRAWN = 10_000  # forms that one page may draw, those inside others counted each time

Page = Mapping[str, Value]


def pages(document: Document) -> list[Page]:
    """Every page with its inherited resources. Raises Broken: no page, a loop, a count that lies, a root that is none."""
    catalog = document.dictionary(document.trailer.get("Root"))
    if catalog.get("Type") != "Catalog":
        raise Broken("no catalog")
    found = list(_leaves(document, catalog.get("Pages"), {}, set()))
    if not 0 < len(found) <= PAGES:
        raise Broken(f"{len(found)} pages")
    return found


def _leaves(document: Document, at: Value, above: Page, seen: set[Ref], depth: int = 0) -> Iterator[Page]:
    if not isinstance(at, Ref) or at in seen or depth > _LEVELS or len(seen) > 4 * PAGES:
        raise Broken("the page tree goes in a circle, or has a page that is no object of its own")
    seen.add(at)
    node = document.dictionary(at)
    inherited = {key: node[key] for key in _INHERITED if key in node}
    if node.get("Type") == "Page":
        yield {**above, **node}
        return
    kids, count = document.resolve(node.get("Kids")), document.resolve(node.get("Count"))
    if node.get("Type") != "Pages" or not isinstance(kids, list):
        raise Broken("a node of the page tree that is none")
    found = [page for kid in kids for page in _leaves(document, kid, {**above, **inherited}, seen, depth + 1)]
    if count != len(found):
        raise Broken(f"{count!r} pages are stated, there are {len(found)}")
    yield from found


def page_bytes(document: Document, found: list[Page]) -> list[int]:
    """As the head of `parcel.pdf` says. Raises TooMuch, and Broken where forms draw each other in a circle."""
    steps = Budget(_STEPS)
    reached = [_streams(document, page, steps) for page in found]
    shared = Counter(offset for streams in reached for offset in streams)
    for page in found:
        _drawn(document, page, {}, 0, Budget(_DRAWN))
    return [sum(-(-size // shared[at]) for at, size in streams.items()) for streams in reached]


def _streams(document: Document, page: Page, steps: Budget) -> dict[int, int]:
    """The streams that can be reached from a page without leaving it: where each begins -> its encoded length."""
    todo: list[Value] = [value for key, value in page.items() if key not in _ELSEWHERE]
    seen, found = set[int](), dict[int, int]()
    while todo:
        value = todo.pop()
        steps.spend(1)
        if isinstance(value, Ref):
            there = document.objects.get(value.number)
            if not there or value.number in seen or there.dictionary.get("Type") in ("Page", "Pages"):
                continue
            seen.add(value.number)
            if there.stream:
                found[there.stream[0]] = there.stream[1] - there.stream[0]
            value = there.value
        if isinstance(value, dict):
            todo += [inner for key, inner in value.items() if key not in _ELSEWHERE]
        elif isinstance(value, list):
            todo += value
    return found


def _drawn(document: Document, holder: Page, known: dict[int, int], depth: int, most: Budget) -> int:
    """How many forms are drawn when this one is, were each drawn once: a tower of ten by ten by ten is a bomb."""
    if depth > _NESTED:
        raise Broken("forms that draw each other")
    forms = document.dictionary(document.dictionary(holder.get("Resources")).get("XObject"))
    total = 0
    for value in forms.values():
        if isinstance(value, Ref):
            if value.number not in known:
                known[value.number] = 1 + _drawn(document, document.dictionary(value), known, depth + 1, most)
            total += known[value.number]
    if total > most.left:
        most.spend(total)
    return total
