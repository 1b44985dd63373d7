"""``channel source``: one source closely, or an address that might become one."""

from __future__ import annotations

import argparse

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
    parser.add_argument(
        "--zone", default="", help="with try: of moments without an offset (default: the source's, or the channel's)"
    )
    for name, what in (("field", "COLUMN"), ("constant", "VALUE")):
        parser.add_argument(
            f"--{name}", action="append", default=[], metavar=f"NAME={what}",
            help=f"with try: a line of the table's {name}s; may be given several times",
        )  # fmt: skip
    parser.add_argument("--public", action="store_true", help="with try: refuse loopback and private addresses")
    parser.add_argument(
        "--last", type=int, default=12, metavar="N", help="snapshots and problems to show (default: 12)"
    )


def run(args: argparse.Namespace) -> int:
    """Exit code 0 when something was read that a gathering would believe, 1 when not, with the reason."""
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

    from broadcaster.tools.trying import ground, tell
    from feeds.base.clock import SystemClock, zone_names
    from feeds.base.errors import PersonError
    from feeds.base.toml import nearest
    from feeds.guess import trial

    if args.zone and args.zone not in zone_names():
        expected = f"a zone of the IANA database such as Europe/Dublin{nearest(args.zone, zone_names())}"
        raise PersonError(f"--zone: found {args.zone!r}, expected {expected}")
    base = args.channel if (args.channel / "channel.toml").is_file() else Path.cwd()
    facts = ground(args.address, base)
    facts |= {name: value for name in ("format", "record", "encoding", "zone") if (value := getattr(args, name))}
    result = trial(
        args.address, base, SystemClock(), private=not args.public, fields=_pairs(args.field, "field"),
        constants=_pairs(args.constant, "constant"), **facts,
    )  # fmt: skip
    tell(result, args.last)
    return 0 if result.ok else REFUSED


def _pairs(given: list[str], option: str) -> dict[str, str]:
    """``NAME=VALUE`` as a table. Raises PersonError."""
    from feeds.base.errors import PersonError

    pairs = [text.partition("=") for text in given]
    for name, mark, _ in pairs:
        if not name or not mark:
            raise PersonError(f"--{option}: found {name + mark!r}, expected NAME=VALUE")
    return {name.strip(): value.strip() for name, _, value in pairs}


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
