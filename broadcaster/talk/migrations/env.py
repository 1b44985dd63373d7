"""What Alembic runs: the migrations, on the connection that was opened."""

from __future__ import annotations

from alembic import context

from broadcaster.talk.accounts import VERSION, Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True,
    version_table=VERSION,
)  # fmt: skip
context.run_migrations()
