"""Alembic migrations of the archive, applied when it is opened.

Revisions are numbered (``0001``, ``0002``, …) and their files start with that number, so that the newest one is known
without loading Alembic.
"""

from __future__ import annotations

import pkgutil
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

FOLDER = Path(__file__).parent
_TURN = 0x6368616E6E656C
"""The advisory lock under which a PostgreSQL database is brought up to date."""


def head() -> str:
    """The newest revision."""
    return max(module.name[:4] for module in pkgutil.iter_modules([str(FOLDER / "versions")]))


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest revision; does nothing, quickly, when it is there already."""
    with engine.connect() as connection:
        if _current(connection) == head():
            return
    # One process at a time: others wait here, then find the work done.
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
        if _current(connection) != head():
            _run(connection)


def _current(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(text("select version_num from alembic_version")).scalar() or ""


def _run(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
