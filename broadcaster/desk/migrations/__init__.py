"""Alembic migrations of the desk's tables, which stand in the database of the archive."""
