"""Snapshots, and how the gathering of each source goes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the first two tables."""
    op.create_table(
        "snapshots",
        sa.Column("id", _LONG, primary_key=True, autoincrement=True),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("observed", sa.BigInteger, nullable=False),
        sa.Column("checked", sa.BigInteger, nullable=False),
        sa.Column("updated", sa.BigInteger),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("quarantined", sa.Integer, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
    )
    op.create_index("snapshots_by_source", "snapshots", ["source", "id"])
    op.create_table(
        "states",
        sa.Column("source", sa.String(40), primary_key=True),
        sa.Column("last_attempt", sa.BigInteger),
        sa.Column("last_success", sa.BigInteger),
        sa.Column("last_body", sa.BigInteger),
        sa.Column("resting_until", sa.BigInteger),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("drift", sa.Text, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("etag", sa.String(200), nullable=False),
        sa.Column("last_modified", sa.String(100), nullable=False),
        sa.Column("recipe", sa.String(64), nullable=False),
        sa.Column("shape", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("quarantined", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("states")
    op.drop_table("snapshots")
