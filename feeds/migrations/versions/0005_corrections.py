"""What editors correct in the records of sources."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "corrections",
        sa.Column("text", sa.BigInteger, primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("begins", sa.BigInteger, primary_key=True),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("item", sa.String(24), nullable=False),
        sa.Column("ends", sa.BigInteger, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("corrections_by_source", "corrections", ["source", "ends"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("corrections_by_source", "corrections")
    op.drop_table("corrections")
