"""Passwords that are given out, codes, where logins came from, who approved, who is there, texts to be looked up."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_LONG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AT_ONCE = 500


def upgrade() -> None:
    """Add them, as the newest revision of each text has them."""
    op.add_column("desk_people", sa.Column("once", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("desk_people", sa.Column("secret", sa.String(64), nullable=False, server_default=""))
    op.add_column("desk_people", sa.Column("step", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("desk_sessions", sa.Column("address", sa.String(60), nullable=False, server_default=""))
    op.add_column("desk_sessions", sa.Column("agent", sa.String(200), nullable=False, server_default=""))
    op.add_column("desk_texts", sa.Column("kind", sa.String(16), nullable=False, server_default="notice"))
    op.add_column("desk_texts", sa.Column("title", sa.String(200), nullable=False, server_default=""))
    op.add_column("desk_texts", sa.Column("begins", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("desk_texts", sa.Column("approver", sa.String(40)))
    op.add_column("desk_texts", sa.Column("alone", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "desk_presence",
        sa.Column("text", _LONG, primary_key=True),
        sa.Column("tab", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
    )
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    names = ("id", "revision", "kind", "title", "begins")
    texts = sa.table("desk_texts", *map(sa.column, names))
    revisions = sa.table("desk_revisions", sa.column("text"), sa.column("number"), sa.column("content"))
    newest = (texts.c.id == revisions.c.text) & (texts.c.revision == revisions.c.number)
    query = sa.select(texts.c.id, revisions.c.content).join_from(texts, revisions, newest).order_by(texts.c.id)
    last = 0
    while rows := connection.execute(query.where(texts.c.id > last).limit(_AT_ONCE)).all():
        for row in rows:
            said = json.loads(bytes(row.content))
            values = {
                # The first texts were all notices, and did not say so.
                "kind": said.get("kind", "notice"), "title": said["title"].casefold()[:200],
                "begins": (datetime.fromisoformat(said["begins"]) - _EPOCH) // timedelta(microseconds=1),
            }  # fmt: skip
            connection.execute(sa.update(texts).where(texts.c.id == row.id).values(**values))
        last = rows[-1].id


def downgrade() -> None:
    """Drop them."""
    op.drop_table("desk_presence")
    for table, columns in (
        ("desk_texts", ("alone", "approver", "begins", "title", "kind")), ("desk_sessions", ("agent", "address")),
        ("desk_people", ("step", "secret", "once")),
    ):  # fmt: skip
        with op.batch_alter_table(table) as changed:
            for column in columns:
                changed.drop_column(column)
