"""When a text ends: what is over need not be read again at each step of another."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    """Add it, as the newest revision of each text has it."""
    op.add_column("desk_texts", sa.Column("ends", sa.BigInteger, nullable=False, server_default="0"))
    connection = op.get_bind()
    texts = sa.table("desk_texts", sa.column("id"), sa.column("revision"), sa.column("ends"))
    revisions = sa.table("desk_revisions", sa.column("text"), sa.column("number"), sa.column("content"))
    newest = (texts.c.id == revisions.c.text) & (texts.c.revision == revisions.c.number)
    query = sa.select(texts.c.id, revisions.c.content).join_from(texts, revisions, newest)
    for row in connection.execute(query).all():
        ends = datetime.fromisoformat(json.loads(bytes(row.content))["ends"])
        micros = (ends - _EPOCH) // timedelta(microseconds=1)
        connection.execute(sa.update(texts).where(texts.c.id == row.id).values(ends=micros))
    op.create_index("desk_texts_by_state", "desk_texts", ["state", "ends"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("desk_texts_by_state", "desk_texts")
    with op.batch_alter_table("desk_texts") as table:
        table.drop_column("ends")
