"""Alembic migrations of what a message account remembers."""
