"""States name what is being read just now, and count the readings that had to be stopped."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add both; nothing is being read."""
    op.add_column("states", sa.Column("attempt", sa.String(64), nullable=False, server_default=""))
    op.add_column("states", sa.Column("stopped", sa.Integer, nullable=False, server_default="0"))


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("states") as table:
        table.drop_column("stopped")
        table.drop_column("attempt")
