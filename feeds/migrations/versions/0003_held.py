"""Items that wait for an editor."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "held",
        sa.Column("source", sa.String(40), primary_key=True),
        sa.Column("item", sa.String(24), primary_key=True),
        sa.Column("content", sa.String(64), primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
        sa.Column("decided", sa.BigInteger),
        sa.Column("verdict", sa.String(12), nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("held")
