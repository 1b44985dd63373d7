"""``channel source``: one source closely, or an address that might become one."""

from __future__ import annotations

import argparse
import sys
from typing import Any

HELP = "look at one source (channel source ID), or try an address (channel source try URL-or-FILE)"
REFUSED = 1


def arguments(parser: argparse.ArgumentParser) -> None:
    """A source's id, or ``try`` and an address."""
    parser.add_argument("what", metavar="ID|try", help="a source of sources.toml, or the word try")
    parser.add_argument("address", nargs="?", metavar="URL-or-FILE", help="with try: what to read")
    parser.add_argument("--format", default="", help="with try: do not guess the format")
    parser.add_argument("--record", default="", help="with try: the type of record that the rows are")
    parser.add_argument(
        "--encoding", default="", help="with try: the encoding, where the file names none or a wrong one"
    )
    parser.add_argument("--public", action="store_true", help="with try: refuse loopback and private addresses")
    parser.add_argument(
        "--last", type=int, default=12, metavar="N", help="snapshots and problems to show (default: 12)"
    )


def run(args: argparse.Namespace) -> int:
    """Exit code 0 when something was read, 1 when it was refused, with the reason."""
    from feeds.base.errors import PersonError

    if args.what == "try":
        if not args.address:
            raise PersonError("address: found nothing, expected a URL or a file after try")
        return _try(args)
    if args.address:
        raise PersonError(f"address: found {args.address!r}, expected nothing after a source's id")
    return _show(args)


def _try(args: argparse.Namespace) -> int:
    from pathlib import Path

    from feeds.base.clock import SystemClock
    from feeds.guess import trial

    facts = {name: value for name in ("format", "record", "encoding") if (value := getattr(args, name))}
    base = args.channel if (args.channel / "channel.toml").is_file() else Path.cwd()
    result = trial(args.address, base, SystemClock(), private=not args.public, **facts)
    if result.parsed is not None:
        _read(result, args.last)
    if not result.ok:
        print(f"refused: {result.error}", file=sys.stderr)
        return REFUSED
    print("\nA table for sources.toml:\n")
    print(result.toml)
    return 0


def _read(result: Any, last: int) -> None:
    from broadcaster.tools.terminal import table

    parsed, source = result.parsed, result.source
    size = f"{result.bytes:,} bytes in {result.seconds:.2f} s"
    kinds = sorted({type(record).__name__ for record in parsed.records})
    held = ", ".join(kinds) if kinds else "a dataset" if parsed.dataset is not None else "nothing"
    counts = f"{len(parsed.records)} of {parsed.total} read ({held}), {len(parsed.problems)} refused"
    print(f"{source.format}: {counts}; {size}")
    if parsed.records:
        shown = [(record.id, " ".join(_words(record))[:100]) for record in parsed.records[:last]]
        table(("id", "the first records"), shown)
    if parsed.problems:
        table(("position", "reason", "value"), [(p.position, p.reason, p.value) for p in parsed.problems[:last]])


def _words(record: Any) -> list[str]:
    values = (getattr(record, name) for name in record.__struct_fields__ if name != "id")
    return [str(value) for value in values if value not in (None, "", ())]


def _show(args: argparse.Namespace) -> int:
    from broadcaster.cli import open_channel
    from broadcaster.tools.terminal import table
    from feeds.archive import Archive
    from feeds.base.clock import local
    from feeds.base.errors import NotFound
    from feeds.base.toml import nearest

    channel = open_channel(args)
    if args.what not in channel.sources:
        raise NotFound(
            f"source: found {args.what!r}, which is not in sources.toml{nearest(args.what, channel.sources)}"
        )
    archive = Archive.open(channel.archive_url)
    try:
        state = archive.state(args.what)
        history, latest = archive.history(args.what, args.last), archive.latest(args.what)
    finally:
        archive.close()
    source = channel.sources[args.what]
    facts: list[tuple[str, object]] = [
        ("url", source.url), ("format", source.format), ("every", source.cron or source.every),
        ("publisher", source.publisher), ("licence", source.licence or "not named"),
        ("last attempt", local(state.last_attempt) if state.last_attempt else "never"),
        ("last success", local(state.last_success) if state.last_success else "never"),
        ("failures in a row", state.failures), ("last error", state.error or "none"),
        ("readings stopped", state.stopped),
        ("drift", state.drift or "none"), ("latency", f"{state.seconds:.2f} s"), ("size", f"{state.bytes:,} bytes"),
    ]  # fmt: skip
    table(("what", "is"), facts)
    rows = [
        (f"{local(p.observed):%m-%d %H:%M:%S}", f"{local(p.checked):%m-%d %H:%M:%S}", p.count, p.quarantined)
        for p in history
    ]
    table(("observed", "last confirmed", "records", "quarantined"), rows, title="snapshots")
    if latest is not None and latest.problems:
        problems = [(p.position, p.reason, p.value) for p in latest.problems[: args.last]]
        table(("position", "reason", "value"), problems, title="quarantine")
    return 0
