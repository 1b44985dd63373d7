"""``channel review``: the items that wait for an editor."""

from __future__ import annotations

import argparse

HELP = "list the items that wait for an editor, let one go or refuse it"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Without a verdict, list."""
    parser.add_argument("item", nargs="?", metavar="SOURCE/ITEM", help="an item of the list, such as notices/a12")
    verdict = parser.add_mutually_exclusive_group()
    verdict.add_argument("--release", action="store_true", help="let it go on air in the wording that it has now")
    verdict.add_argument("--refuse", action="store_true", help="keep it off air in the wording that it has now")


def run(args: argparse.Namespace) -> int:
    """Decide on one item, or print what waits."""
    from broadcaster.cli import open_channel
    from broadcaster.places import ASK
    from broadcaster.tools.terminal import table
    from feeds.archive import Archive
    from feeds.base.clock import SystemClock, local
    from feeds.base.errors import NotFound, PersonError

    channel = open_channel(args)
    archive = Archive.open(channel.archive_url)
    try:
        if not args.item:
            rows = [
                (f"{h.source}/{h.item}", f"{local(h.since):%m-%d %H:%M}", h.reason, _title(h.record))
                for h in archive.waiting()
            ]
            table(("item", "since", "why", "words"), rows)
            return 0
        source, _, item = args.item.partition("/")
        if not (args.release or args.refuse):
            raise PersonError("verdict: found none, expected --release or --refuse")
        if not archive.decide(source, item, "released" if args.release else "refused", SystemClock().now()):
            raise NotFound(f"item: found {args.item!r}, which does not wait", hint="channel review lists what does")
    finally:
        archive.close()
    # Whoever works on this channel builds at once.
    (channel.state / ASK).touch()
    print(f"{args.item} is {'released' if args.release else 'refused'}; the next build shows it so")
    return 0


def _title(record: object) -> str:
    return str(getattr(record, "title", "") or getattr(record, "name", "") or record or "")[:60]
