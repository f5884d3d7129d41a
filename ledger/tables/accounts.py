"""Accounts: customs' own of each day and what differs, counters, and the audit."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from ledger.tables.schema import Id, Key, Micros, metadata, words

statement = Table(  # customs' own account of a day, a row for each page that came
    "statement",
    metadata,
    Column("enterprise_id", Id, ForeignKey("enterprise.id"), primary_key=True),
    Column("date", Key, primary_key=True),  # 8 digits, Beijing time
    Column("page", Integer, primary_key=True, autoincrement=False),
    Column("pages", Integer, nullable=False),
    Column("through", Key, nullable=False),
    Column("message_id", Id, ForeignKey("message.id"), nullable=False),
    sqlite_with_rowid=False,
)

stated = Table(  # its lines: the last account that was told of the day
    "stated",
    metadata,
    Column("enterprise_id", Id, ForeignKey("enterprise.id"), primary_key=True),
    Column("date", Key, primary_key=True),
    Column("number", Key, primary_key=True),
    Column("type", Key, nullable=False),
    Column("state", Key, nullable=False),
    Column("customs_no", Key, nullable=False),
    Column("certificate_no", Key, nullable=False),
    Column("stated_at", Key, nullable=False),
    sqlite_with_rowid=False,
)

reconciled = Table(  # a day that was compared; closed_at is NULL until nothing is open
    "reconciled",
    metadata,
    Column("enterprise_id", Id, ForeignKey("enterprise.id"), primary_key=True),
    Column("date", Key, primary_key=True),
    Column("reconciled_at", Micros, nullable=False),
    Column("matched", Integer, nullable=False),
    Column("complete", Integer, nullable=False),  # whether customs' account was whole
    Column("closed_at", Micros),
    sqlite_with_rowid=False,
)

difference = Table(  # a work item: what two accounts of a day say differently
    "difference",
    metadata,
    Column("id", Id, primary_key=True),
    Column("enterprise_id", Id, ForeignKey("enterprise.id"), nullable=False),
    Column("date", Key, nullable=False),
    Column("side", Key, nullable=False),
    Column("what", Key, nullable=False),
    Column("number", Key, nullable=False),
    Column("reference", Key, nullable=False),
    Column("ours", Text, nullable=False),
    Column("theirs", Text, nullable=False),
    Column("opened_at", Micros, nullable=False),
    Column("settled_at", Micros),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    UniqueConstraint("enterprise_id", "date", "side", "what", "number", "reference"),
    words("side", ("customs", "enterprise")),
    words("what", ("missing", "unknown", "differing")),
)
Index("ix_difference_open", difference.c.date, sqlite_where=difference.c.settled_at.is_(None),
      postgresql_where=difference.c.settled_at.is_(None))  # fmt: skip

tally = Table(  # counters, kept by the transaction that changes what they count
    "tally",
    metadata,
    Column("topic", Key, primary_key=True),
    Column("name", Key, primary_key=True),
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("amount", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

audit = Table(  # `id` counts without a gap
    "audit",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("at", Micros, nullable=False),
    Column("actor", Text, nullable=False),
    Column("act", Key, nullable=False),
    Column("subject", Key, nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", Key, nullable=False),
)
