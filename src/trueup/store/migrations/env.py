"""How Alembic runs here: inside the transaction that `store.migrate` opened."""

from alembic import context

from trueup.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
