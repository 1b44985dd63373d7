"""Alembic migrations of the archive, applied when it is opened."""
