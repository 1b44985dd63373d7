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


VERSION = "alembic_version"


def head(folder: Path = FOLDER) -> str:
    """The newest revision."""
    return max(module.name[:4] for module in pkgutil.iter_modules([str(folder / "versions")]))


def upgrade(engine: Engine, folder: Path = FOLDER, version: str = VERSION) -> None:
    """Bring the tables of the migrations in ``folder`` to the newest revision, which the table ``version`` names; does
    nothing, quickly, when they are there already."""
    with engine.connect() as connection:
        if _current(connection, version) == head(folder):
            return
    # One process at a time: others wait here, then find the work done.
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("select pg_advisory_xact_lock(:turn)"), {"turn": _TURN})
        move(connection, folder, version, head(folder))


def _current(connection: Connection, version: str) -> str:
    if not inspect(connection).has_table(version):
        return ""
    return connection.execute(text(f"select version_num from {version}")).scalar() or ""


def move(connection: Connection, folder: Path, version: str, to: str) -> None:
    """Bring the tables to revision ``to``, forward or back, in the connection's transaction."""
    current = _current(connection, version)
    if current == to:
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder))
    config.attributes["connection"] = connection
    (command.upgrade if current < to else command.downgrade)(config, to)
