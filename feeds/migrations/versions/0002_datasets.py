"""Snapshots name the file of their dataset."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the name; earlier snapshots have none."""
    op.add_column("snapshots", sa.Column("dataset", sa.String(120), nullable=False, server_default=""))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("snapshots", "dataset")
