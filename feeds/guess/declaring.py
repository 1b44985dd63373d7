"""The table of ``sources.toml`` that declares a source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from feeds.base.clock import wall
from feeds.source import Source

_USUAL_BYTES = 20_000_000


def suggest_id(address: str) -> str:
    """An id for a source, from the last words of its address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "source"
    words = [Path(part).stem for part in parts.path.split("/") if part]
    generic = {"index", "feed", "rss", "gbfs", "api", "data", "atom", "list"}
    chosen = next((word for word in reversed(words) if word.lower() not in generic), parts.netloc.partition(":")[0])
    name = re.sub(r"[^a-z0-9]+", "-", chosen.lower()).strip("-")[:40].strip("-")
    return name if re.match(r"[a-z]", name) else f"source-{name}".strip("-")[:40]


def to_toml(source: Source, address: str, size: int = 0, missing: Sequence[str] = ()) -> str:
    """The table of ``sources.toml`` that declares this source of ``size`` bytes; what is as usual is left out.

    ``missing`` are constants that a person has to fill in.
    """
    lines = [f"[source.{source.id}]", f"url = {_quoted(source.url)}", f"format = {_quoted(source.format)}"]
    if source.url.startswith("file:") and not address.startswith("file:") and not source.url.endswith(f":{address}"):
        lines[1] += "  # a path in the channel's folder: the file must be there"
    if source.record:
        lines.append(f"record = {_quoted(source.record)}")
    lines.append(f"publisher = {_quoted(source.publisher)}  # who stands behind the data, printed on every page")
    lines.append(f"every = {_quoted(source.every)}")
    for name in ("rows", "encoding", "coordinates"):
        value = getattr(source, name)
        if value not in ("", "wgs84"):
            lines.append(f"{name} = {_quoted(value)}")
    if source.zone and source.zone != wall().key:
        lines.append(f"zone = {_quoted(source.zone)}")
    if size > _USUAL_BYTES // 2:
        lines.append(f"max_bytes = {2 * size // 1_000_000}_000_000")
    if source.private and address.startswith("http"):
        lines.append("private = true  # it may ask inner addresses; leave out for the internet")
    if source.fields:
        lines += ["", f"[source.{source.id}.fields]"]
        lines += [f"{field} = {_quoted(column)}" for field, column in source.fields.items()]
    if source.constants or missing:
        lines += ["", f"[source.{source.id}.constants]"]
        lines += [f"{field} = {_quoted(str(value))}" for field, value in source.constants.items()]
        lines += [f'# {field} = "…"  # nothing in the data says it' for field in missing]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'
