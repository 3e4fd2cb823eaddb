"""Alembic's environment: migrates the connection it is handed, in that connection's transaction."""

from alembic import context

from desk.storage.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
