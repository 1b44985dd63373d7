"""What addresses and files gave, of which sources are being made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "desk_samples",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
        sa.Column("who", sa.String(40), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("desk_samples")
