"""Alembic's way in: runs the revisions on the connection that `ledger.engine.migrate` has opened."""

from alembic import context

from ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite's too: our BEGIN is there before the first statement
)
with context.begin_transaction():
    context.run_migrations()
