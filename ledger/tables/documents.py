"""Enterprises, their documents with everything that was given and happened, and what is asked of people."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from ledger.tables.schema import Id, Key, Micros, metadata, words

enterprise = Table(
    "enterprise",
    metadata,
    Column("id", Id, primary_key=True),
    Column("code", Key, nullable=False),
    Column("uscc", Key, nullable=False),
    Column("name", Text, nullable=False),
    Column("node_id", Key, nullable=False),
)
Index("uq_enterprise_code", enterprise.c.code, unique=True, sqlite_where=enterprise.c.code != "",
      postgresql_where=enterprise.c.code != "")  # fmt: skip
Index("uq_enterprise_uscc", enterprise.c.uscc, unique=True, sqlite_where=enterprise.c.uscc != "",
      postgresql_where=enterprise.c.uscc != "")  # fmt: skip

series = Table(  # `next` is the first serial that nobody has
    "series",
    metadata,
    Column("name", Key, primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("next", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

document = Table(
    "document",
    metadata,
    Column("id", Id, primary_key=True),
    Column("enterprise_id", Id, ForeignKey("enterprise.id"), nullable=False),
    Column("number", Key, nullable=False),
    Column("kind", Key, nullable=False),
    Column("version", Integer, nullable=False),
    Column("reference", Key, nullable=False),
    Column("parent", Key, nullable=False),
    Column("about", Key, nullable=False),  # the number of the business that it is about, "" for none
    Column("added", Text, nullable=False),  # facts that came with a declaration; JSON
    Column("facts", Text, nullable=False),  # these with the fold's over them; JSON
    Column("customs_no", Key, nullable=False),
    Column("certificate_no", Key, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", Key, nullable=False),  # the fold's end, cached
    Column("since", Key, nullable=False),
    Column("validity", Key, nullable=False),  # the end of the fold beside; "" for kinds without one
    Column("due_at", Micros),
    Column("event_count", Integer, nullable=False),
    Column("head", Key, nullable=False),  # hash of the last event
    Column("changes", Integer, nullable=False),  # of state, as notices count them
    Column("created_at", Micros, nullable=False),
    Column("updated_at", Micros, nullable=False),
    Column("deleted_at", Micros),  # a draft that was thrown away, kept all the same
    UniqueConstraint("enterprise_id", "number"),
)
Index("ix_document_number", document.c.number)
Index("ix_document_state", document.c.state)
Index("ix_document_updated_at", document.c.updated_at)
Index("ix_document_reference", document.c.reference, sqlite_where=document.c.reference != "",
      postgresql_where=document.c.reference != "")  # fmt: skip
Index("ix_document_parent", document.c.parent, sqlite_where=document.c.parent != "",
      postgresql_where=document.c.parent != "")  # fmt: skip
Index("ix_document_kind", document.c.kind, document.c.updated_at)
for _column in (document.c.about, document.c.customs_no, document.c.certificate_no):
    Index(f"ix_document_{_column.name}", _column, sqlite_where=_column != "", postgresql_where=_column != "")
Index("ix_document_due_at", document.c.due_at, sqlite_where=document.c.due_at.is_not(None),
      postgresql_where=document.c.due_at.is_not(None))  # fmt: skip

declaration = Table(  # apart from its document, which is written at every receipt; every revision is kept
    "declaration",
    metadata,
    Column("document_id", Id, ForeignKey("document.id"), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("given", Text, nullable=False),  # JSON, as the enterprise gave it
)

seen_reference = Table(
    "seen_reference",
    metadata,
    Column("enterprise_id", Id, ForeignKey("enterprise.id"), primary_key=True),
    Column("reference", Key, primary_key=True),
    Column("kind", Key, nullable=False),
    Column("number", Key, nullable=False),
    Column("content_sha256", Key, nullable=False),
    Column("content_key", BigInteger, nullable=False),  # its first 60 bits
    Column("revision", Integer, nullable=False),
    Column("submissions", Integer, nullable=False),
    Column("recorded_at", Micros, nullable=False),
    sqlite_with_rowid=False,
)
# Hashes go into an index at random places: a narrow one stays in memory six times as long.
Index("ix_seen_reference_content_key", seen_reference.c.content_key)

event = Table(  # append-only; no from and no to: the fold prints them
    "event",
    metadata,
    Column("document_id", Id, ForeignKey("document.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("what", Key, nullable=False),
    Column("code", Key, nullable=False),
    Column("stated_at", Key, nullable=False),
    Column("recorded_at", Micros, nullable=False),
    Column("receipt_no", Key, nullable=False),
    Column("message", Key, nullable=False),
    Column("arrival_id", Id, ForeignKey("arrival.id")),
    Column("actor", Text, nullable=False),
    Column("answers", Integer, nullable=False),  # seq of the event of customs that an act answers, 0: none
    Column("facts", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("content", Key, nullable=False),  # of an act: what was submitted with it (`chain.content_of`), "" else
    Column("previous", Key, nullable=False),  # hash of the event before
    words("what", ("act", "transport", "business")),
    sqlite_with_rowid=False,
)

notice = Table(
    "notice",
    metadata,
    Column("id", Id, primary_key=True),
    Column("document_id", Id, ForeignKey("document.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("source_state", Key, nullable=False),
    Column("state", Key, nullable=False),
    Column("recorded_at", Micros, nullable=False),
    Column("facts", Text, nullable=False),
    Column("noticed_at", Micros),
)
Index("ix_notice_open", notice.c.id, sqlite_where=notice.c.noticed_at.is_(None),
      postgresql_where=notice.c.noticed_at.is_(None))  # fmt: skip

question = Table(  # a declaration that waits for a person: recorded as a draft, and not sent before it is answered
    "question",
    metadata,
    Column("id", Id, primary_key=True),
    Column("enterprise_id", Id, ForeignKey("enterprise.id"), nullable=False),
    Column("reference", Key, nullable=False),
    Column("number", Key, nullable=False),
    Column("code", Key, nullable=False),
    Column("first", Key, nullable=False),  # the document that raised it
    Column("asked_at", Micros, nullable=False),
    Column("answer", Key, nullable=False),  # "" while it is open
    Column("actor", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("answered_at", Micros),
    words("answer", ("", "send", "discard")),
)
Index("ix_question_open", question.c.enterprise_id, question.c.reference, sqlite_where=question.c.answer == "",
      postgresql_where=question.c.answer == "")  # fmt: skip
