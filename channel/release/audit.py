"""The audit log: what was done to the air, one JSON object a line. It also says what the store's other files said.

A line that was torn or changed is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from channel.release.heads import Heads, seq_of

NAME = "audit.log"


def sound_lines(data: bytes) -> list[bytes]:
    """The lines that are JSON objects, each with its end."""
    return [line + b"\n" for line in data.split(b"\n") if line and _decoded(line) is not None]


def last_heads(folder: Path) -> Heads | None:
    """What was on air after the last thing that was done; None when nobody knows."""
    for line in reversed(_lines(folder)):
        said = _decoded(line) or {}
        with suppress(msgspec.ValidationError, KeyError):
            return msgspec.convert({name: said[name] for name in Heads.__struct_fields__}, Heads)
    return None


def denied_since(folder: Path, release: str, units: Iterable[str]) -> tuple[str, ...]:
    """The pages and items that are taken down now, given what was when ``release`` was made (empty: the beginning)."""
    down = set(units)
    for line in _lines(folder):
        if b'"takedown"' in line or b'"putback"' in line:
            said = _decoded(line) or {}
            if seq_of(str(said.get("release", ""))) > seq_of(release):
                (down.add if said.get("action") == "takedown" else down.discard)(str(said.get("note")).split(" ")[0])
    return tuple(sorted(down))


def _lines(folder: Path) -> list[bytes]:
    try:
        return (folder / NAME).read_bytes().splitlines()
    except OSError:
        return []


def _decoded(line: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(line)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
