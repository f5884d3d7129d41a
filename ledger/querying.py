"""The rows of a query screen: documents of some kinds by columns, by what was declared and said of them, by time.

Paths of a term: a column (`customs_no`), a value that was said or declared (`collect_mode`), and the same of the document
that carries it (`parent/collect_mode`) or that it is about (`about/certificate_no`). The latest changed come first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import JSON, ColumnElement, Connection, Text, and_, cast, func, literal, select, true, tuple_
from sqlalchemy.sql import FromClause

from ledger.asking import document_row, documents_chosen
from ledger.rows import DocumentRow, Seen, Span, Term
from ledger.statements import AnySelect, Lookup
from ledger.tables import declaration, document, enterprise, event
from mappings.clock import stamp

COLUMNS = ("number", "kind", "state", "customs_no", "certificate_no", "validity", "parent", "about", "reference")
PARTIAL = ("customs_no", "certificate_no", "parent", "about")  # whose index holds what is not empty
NUMBERS = ("number", *PARTIAL)
AT = "at/"  # with the code of an event: the moment that customs states of it
DAY = 24 * 3600 * 1_000_000  # µs: how far the moment that customs states may be ahead of our record of it


def page(
    connection: Connection,
    kinds: Sequence[str],
    terms: Sequence[Term],
    span: Span | None,
    *,
    owner: str | None,
    limit: int,
    after: Seen | None,
    now: int,
) -> list[DocumentRow]:
    """The next documents, with what was declared. owner: an enterprise's code. after: the last one seen, as it was then: what
    has changed since is at the head of the list, and no page comes twice."""
    numbered = any(term.paths[0].rpartition("/")[2] in NUMBERS for term in terms if len(term.paths) == 1)
    kind = document.c.kind.concat("") if numbered else document.c.kind  # a number leads to fewer rows than a kind
    chosen = documents_chosen().where(kind.in_(kinds), document.c.deleted_at.is_(None))
    chosen = _Terms(connection.dialect.name).asked(chosen, terms)
    if span is not None:
        chosen = chosen.where(*_within(span))
    if owner is not None:
        chosen = chosen.where((enterprise.c.code == owner) | (enterprise.c.uscc == owner))
    order = (document.c.updated_at, document.c.id)
    if after is not None:
        last = select(*order).where(document.c.number == after.number).order_by(document.c.id).limit(1)
        seen = connection.execute(last).first()
        if seen is None:
            return []
        chosen = chosen.where(tuple_(*order) < (after.updated_at or seen.updated_at, seen.id))
    chosen = chosen.order_by(None).order_by(*(column.desc() for column in order)).limit(limit)
    return [document_row(row, now) for row in connection.execute(chosen)]


_MOMENT = func.max(event.c.stated_at)
_MOMENTS = Lookup(
    select(document.c.enterprise_id, document.c.number, event.c.code, _MOMENT)
    .join(event, event.c.document_id == document.c.id)
    .group_by(document.c.enterprise_id, document.c.number, event.c.code),
    document.c.enterprise_id,
    document.c.number,
    event.c.code,
)


def moments(connection: Connection, wanted: Sequence[tuple[int, str, str]]) -> dict[tuple[int, str, str], str]:
    """By (enterprise_id, number, code of an event): the latest moment that is stated of it, 17 digits."""
    return {(row[0], row[1], row[2]): row[3] for row in _MOMENTS.rows(connection, wanted)}


def _within(span: Span) -> Iterator[ColumnElement[bool]]:
    """What was changed before the span began has nothing in it: the index of changes leads to every span."""
    if span.of == "updated_at":
        yield document.c.updated_at >= span.since
        yield document.c.updated_at < span.until
    elif span.of == "created_at":
        yield document.c.updated_at >= span.since
        yield document.c.created_at >= span.since
        yield document.c.created_at < span.until
    else:
        stated = (event.c.stated_at >= stamp(span.since), event.c.stated_at < stamp(span.until))
        is_it = (event.c.document_id == document.c.id, event.c.code == span.of.removeprefix(AT))
        yield document.c.updated_at >= span.since - DAY
        yield select(event.c.seq).where(*is_it, *stated).exists()


@dataclass(slots=True)
class _Source:
    """A document and what was declared of it."""

    of: FromClause
    given: FromClause


class _Terms:
    """Terms as conditions of one statement; another document is joined once, however many terms speak of it."""

    def __init__(self, dialect: str) -> None:
        self._dialect = dialect
        self._others: dict[str, tuple[FromClause, FromClause]] = {}

    def asked(self, chosen: AnySelect, terms: Sequence[Term]) -> AnySelect:
        conditions: list[ColumnElement[bool]] = [self._value(term).in_(term.values) for term in terms]
        conditions += [self._filled(*term.paths) for term in terms if len(term.paths) == 1]
        for name, (other, given) in self._others.items():
            is_it = and_(other.c.enterprise_id == document.c.enterprise_id, other.c.number == document.c[name])
            declared = and_(given.c.document_id == other.c.id, given.c.revision == other.c.revision)
            chosen = chosen.outerjoin(other, is_it).outerjoin(given, declared)
        return chosen.where(*conditions)

    def _value(self, term: Term) -> ColumnElement[str]:
        """The first of the term's paths that says something."""
        values = [value for path in term.paths for value in self._said(path)]
        return values[0] if len(values) == 1 else func.coalesce(*(func.nullif(value, "") for value in values))

    def _filled(self, path: str) -> ColumnElement[bool]:
        """In these words, because a partial index is taken only by who says its condition."""
        head, _, name = path.rpartition("/")
        if name not in PARTIAL:
            return true()
        return (self._other(head).of if head else document).c[name] != literal("", literal_execute=True)

    def _said(self, path: str) -> Iterator[ColumnElement[str]]:
        head, _, name = path.rpartition("/")
        source = self._other(head) if head else _Source(document, declaration)
        if name in COLUMNS:
            yield source.of.c[name]
            return
        yield self._json(source.of.c.facts, name)
        yield self._json(source.given.c.given, "content", name)
        yield self._json(source.given.c.given, name)

    def _other(self, name: str) -> _Source:
        if name not in self._others:
            self._others[name] = (document.alias(name), declaration.alias(f"{name}_given"))
        return _Source(*self._others[name])

    def _json(self, text: ColumnElement[str], *path: str) -> ColumnElement[str]:
        if self._dialect == "sqlite":
            return cast(func.json_extract(text, "$." + ".".join(path)), Text)
        return func.json_extract_path_text(cast(text, JSON), *path)
