"""People, their sessions, texts with their revisions, and the record of who did what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_LONG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "desk_people",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("towns", sa.Text, nullable=False),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("ended", sa.BigInteger),
    )
    op.create_table(
        "desk_sessions",
        sa.Column("token", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(40), nullable=False, index=True),
        sa.Column("form", sa.String(64), nullable=False),
        sa.Column("began", sa.BigInteger, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "desk_tries",
        sa.Column("id", _LONG, primary_key=True, autoincrement=True),
        sa.Column("who", sa.String(80), nullable=False, index=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "desk_texts",
        sa.Column("id", _LONG, primary_key=True, autoincrement=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("approved", sa.Integer),
        sa.Column("page", sa.String(3), nullable=False),
    )
    op.create_table(
        "desk_revisions",
        sa.Column("text", _LONG, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("author", sa.String(40), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.create_table(
        "desk_audit",
        sa.Column("id", _LONG, primary_key=True, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String(40), nullable=False),
        sa.Column("did", sa.String(40), nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("before", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("audit", "revisions", "texts", "tries", "sessions", "people"):
        op.drop_table(f"desk_{table}")
