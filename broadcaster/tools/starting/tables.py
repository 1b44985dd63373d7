"""Tables and values as a person would write them in TOML."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

INDENT = "    "
WIDTH = 110
"""A list that is longer stands one thing a line."""


def value(thing: Any) -> str:
    """A value in one line, a long list in several."""
    if isinstance(thing, bool):
        return "true" if thing else "false"
    if isinstance(thing, str):
        return quoted(thing)
    if isinstance(thing, Mapping):
        pairs = ", ".join(f"{_key(name)} = {value(inner)}" for name, inner in thing.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(thing, Iterable):
        parts = [value(inner) for inner in thing]
        line = f"[{', '.join(parts)}]"
        return line if len(line) <= WIDTH else "[\n" + "".join(f"{INDENT}{part},\n" for part in parts) + "]"
    return str(thing)


def quoted(text: str) -> str:
    """A text in quotes. JSON escapes all that TOML wants escaped, but for one control."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def table(head: str, keys: Mapping[str, Any]) -> str:
    """A table with its head; what is empty is left out. Tables in it that are long follow with heads of their own."""
    given = {name: inner for name, inner in keys.items() if inner not in ("", None, (), [], {})}
    inline = {name: f"{_key(name)} = {value(inner)}" for name, inner in given.items()}
    later = {n for n, line in inline.items() if isinstance(given[n], Mapping) and len(line) > WIDTH}
    lines = [f"[{head}]", *(line for name, line in inline.items() if name not in later)]
    blocks = ["\n".join(lines) + "\n", *(table(f"{head}.{name}", given[name]) for name in sorted(later))]
    return "\n".join(blocks)


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if plain else quoted(name)
