"""What ``channel source try`` prints: what was read, how its text was decoded, and a table for ``sources.toml``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from broadcaster.tools.terminal import table
from channel.folder import Survey
from feeds.base.clock import local, set_wall
from feeds.formats import Parsed
from feeds.guess import Trial
from feeds.records import AnyRecord


def ground(address: str, folder: Path) -> dict[str, str]:
    """``zone`` and ``language`` in which an address is read: those of the source of ``folder`` that has it, else the
    channel's, on whose clock this process is from now on. Nothing where there is no channel."""
    if not (folder / "channel.toml").is_file():
        return {}
    channel = Survey.of(folder).channel
    set_wall(channel.settings.timezone)
    own = next((source for source in channel.sources.values() if source.url == address), None)
    if own is not None:
        return {"zone": own.zone, "language": own.language}
    return {"zone": channel.settings.timezone, "language": channel.settings.language.replace("_", "-")}


def tell(result: Trial, last: int) -> None:
    """Print a trial, with at most ``last`` records and problems; why it was refused goes to the error stream."""
    _read(result, last)
    _remarks(result)
    if not result.ok:
        print(f"refused: {result.error}", file=sys.stderr)
    if result.toml:
        print("\nA table for sources.toml:\n" if result.ok else "\nWhat a table for sources.toml would begin with:\n")
        print(result.toml)


def _remarks(result: Trial) -> None:
    """How the text was read, and what else an editor should know."""
    if (encoding := result.encoding) is not None:
        sure = "as you say" if encoding.sure >= 1 else f"{min(encoding.sure, 0.99):.0%} sure"
        print(f"encoding: {encoding.name}, {sure}: {encoding.piece}")
        if encoding.other:
            print(f'  if that is not what was written, try encoding = "{encoding.other}": {encoding.other_piece}')
    for note in result.notes:
        print(f"note: {note}")


def _read(result: Trial, last: int) -> None:
    parsed, source = result.parsed, result.source
    if parsed is None or source is None:
        return
    print(f"{source.format}: {_counts(parsed, source.min_valid)}; {result.bytes:,} bytes in {result.seconds:.2f} s")
    if parsed.records:
        shown = [(record.id, "; ".join(_words(record))[:160]) for record in parsed.records[:last]]
        table(("id", "the first records"), shown)
    if parsed.overview is not None and parsed.overview.first[:last]:
        table(("id", f"the first {parsed.overview.what}s"), parsed.overview.first[:last])
    if parsed.problems:
        table(("position", "reason", "value"), [(p.position, p.reason, p.value) for p in parsed.problems[:last]])


def _counts(parsed: Parsed, min_valid: float) -> str:
    """How many rows were read, of what kind, and whether a gathering would believe so many."""
    if not parsed.total and parsed.dataset is not None:
        return _contents(parsed) or "a dataset was read"
    kinds = sorted({type(record).__name__ for record in parsed.records})
    held = ", ".join(kinds) if kinds else "a dataset" if parsed.dataset is not None else "nothing"
    refused = max(0, parsed.total - len(parsed.records))
    text = f"{len(parsed.records)} of {parsed.total} read ({held}), {refused} refused"
    if len(parsed.problems) > refused:
        text += f", {len(parsed.problems)} problems in all"
    text = f"{text}, {parsed.share:.0%} valid (min_valid {min_valid:.0%})" if refused else text
    return f"{text}; {contents}" if (contents := _contents(parsed)) else text


def _contents(parsed: Parsed) -> str:
    """What is in the dataset: how much of what, from when to when, and how much was left out of it."""
    seen = parsed.overview
    if seen is None:
        return ""
    kinds = f" ({seen.kinds})" if seen.kinds else ""
    what = seen.what if seen.count == 1 else f"{seen.what}s"
    said = [f"a dataset of {seen.count:,} {what}{kinds}", f"from {seen.span}" if seen.span else ""]
    if not parsed.total and parsed.problems:
        said.append(f"{len(parsed.problems)} problems")
    return ", ".join(filter(None, said))


def _words(record: AnyRecord) -> Iterator[str]:
    """What a record says, field by field; what it leaves open is left out."""
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if name != "id" and value not in (None, "", ()):
            yield f"{name} {_shown(value)}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{local(value):%Y-%m-%d %H:%M}"
    if isinstance(value, tuple):
        return ", ".join(_shown(part) for part in value)
    if hasattr(value, "__struct_fields__"):
        return " ".join(_shown(part) for name in value.__struct_fields__ if (part := getattr(value, name)))
    return " ".join(str(value).split())
