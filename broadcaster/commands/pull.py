"""``channel pull``: what the cable operator runs, by hand or every minute."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

HELP = "fetch a channel's newest release, verify it, and switch to it"


def arguments(parser: argparse.ArgumentParser) -> None:
    """URL, DIR, --root and --timeout."""
    parser.add_argument(
        "url", metavar="URL", help="where the channel publishes, such as http://channel.example/bundles/"
    )
    parser.add_argument("folder", metavar="DIR", type=Path, help="the folder to keep; a web server serves DIR/current")
    parser.add_argument(
        "--root",
        metavar="ROOT.json",
        type=Path,
        required=True,
        help="the channel's root metadata, handed over by hand (state/keys/root.json there)",
    )
    parser.add_argument(
        "--timeout",
        metavar="DURATION",
        type=_seconds,
        default=1800.0,
        help="for all that is fetched: seconds, or such as 5s, 10min, 1h (default: 30min)",
    )
    parser.epilog = (
        "Exit codes: 0 done or nothing new; 2 an argument is wrong; 3 network or server, try again; "
        "5 what came is not to be trusted; 6 another pull is under way. Unless 0, DIR/current is as it was."
    )


def _seconds(text: str) -> float:
    from feeds.base.clock import parse_duration

    try:
        seconds = float(text) if text.replace(".", "", 1).isdecimal() else parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}, or a number of seconds") from None
    if seconds <= 0:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected more than nothing")
    return seconds


def run(args: argparse.Namespace) -> int:
    """Pull once and say in one line what is served now."""
    from broadcaster.bundle.pull import Bar, pull

    bar = Bar()
    began = time.monotonic()
    try:
        done = pull(args.url, args.folder, args.root, seconds=args.timeout, watch=bar)
    finally:
        bar.clear()
    if not done.changed:
        print(f"release {done.release} is on air already; nothing new")
        return 0
    took = time.monotonic() - began
    what = "still here from before"
    if done.paths:
        what = f"{done.paths:,} paths, {done.files:,} new files, {done.fetched / 1e6:.1f} MB fetched"
    print(f"release {done.release} is on air now ({what}, {took:.1f} s)")
    return 0
