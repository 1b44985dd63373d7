"""The estates that are remembered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "talk_accounts",
        sa.Column("account", sa.String(64), primary_key=True),
        sa.Column("estate", sa.String(40), nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False, index=True),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("talk_accounts")
