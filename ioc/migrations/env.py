"""Alembic's way in: runs on the connection that `ioc.db.migrate` hands over."""

from alembic import context

from ioc.db import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
