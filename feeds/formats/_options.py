"""What a source's ``options`` say, checked."""

from __future__ import annotations

from feeds.base.errors import PersonError
from feeds.source import Source


def whole(source: Source, name: str, default: int) -> int:
    """A whole number that is not negative. Raises PersonError."""
    value = source.options.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise PersonError(f"source.{source.id}.options.{name}: found {value!r}, expected a whole number")
    return value
