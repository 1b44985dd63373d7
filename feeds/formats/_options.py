"""What a source's ``options`` say, checked."""

from __future__ import annotations

from collections.abc import Mapping

from feeds.base.clock import parse_duration
from feeds.base.errors import PersonError
from feeds.source import Source


def whole(source: Source, name: str, default: int) -> int:
    """A whole number that is not negative. Raises PersonError."""
    value = source.options.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise PersonError(f"source.{source.id}.options.{name}: found {value!r}, expected a whole number")
    return value


def duration(source: Source, name: str, default: str) -> float:
    """The seconds of a duration such as ``3d``. Raises PersonError."""
    value = source.options.get(name, default)
    try:
        return parse_duration(str(value))
    except ValueError as error:
        raise PersonError(f"source.{source.id}.options.{name}: {error}") from None


def names_of(source: Source, name: str) -> Mapping[str, tuple[str, ...]]:
    """A table of lists of names, such as ``{ "a" = ["b", "c"] }``. Raises PersonError."""
    value = source.options.get(name, {})
    lists = value.values() if isinstance(value, dict) else [None]
    if not all(isinstance(names, list) and all(isinstance(n, str) for n in names) for names in lists):
        raise PersonError(f"source.{source.id}.options.{name}: found {value!r}, expected a table of lists of names")
    return {key: tuple(names) for key, names in value.items()}


def one_of(source: Source, name: str, choices: tuple[str, ...]) -> str:
    """One of ``choices``, by itself the first. Raises PersonError."""
    value = source.options.get(name, choices[0])
    if value not in choices:
        raise PersonError(f"source.{source.id}.options.{name}: found {value!r}, expected one of: {', '.join(choices)}")
    return str(value)
