"""``channel serve``."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.base.errors import ChannelError, PersonError

if TYPE_CHECKING:
    from broadcaster.origin.layer import Layer
    from broadcaster.station.supervise import Child
    from channel.folder import Channel

HELP = "serve releases to boxes over HTTP"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen, and with how many workers."""
    parser.add_argument("--port", type=int, default=None, help="0 takes any free one (default: channel.toml, 8180)")
    parser.add_argument("--host", default=None, help="default: channel.toml, 127.0.0.1")
    parser.add_argument("--workers", type=int, default=None, metavar="N", help="processes (default: channel.toml)")
    parser.add_argument("--no-viewer-counts", action="store_true", help="do not count views by page and estate")
    parser.add_argument("--preview", action="store_true", help="answer /preview/ to whoever has STATE/preview-token")
    parser.add_argument("--desk", action="store_true", help="answer /desk/, where editors log in and write")
    parser.add_argument("--threads", type=int, default=None, metavar="N", help="threads of each")
    parser.add_argument("--follow", metavar="URL", help="serve what the channel with these /bundles/ has on air")
    parser.add_argument("--root", type=Path, metavar="FILE", help="its root.json, handed over by hand (with --follow)")


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM; SIGHUP starts fresh workers without losing a request."""
    from broadcaster.cli import open_channel
    from broadcaster.origin import serving
    from broadcaster.origin.metrics import CounterFolder
    from broadcaster.origin.server import Listening, serve
    from broadcaster.origin.worker import load
    from broadcaster.places import METRICS, PREVIEW_TOKEN
    from broadcaster.preview.access import token_of
    from broadcaster.station.standby import house_of
    from broadcaster.station.supervise import Child
    from channel.memory import collect_seldom

    follows = bool(args.follow or args.root)
    beside = [_follower(args)] if follows else []
    channel = _reopened(args) if follows else open_channel(args)
    origin = channel.settings.origin
    where = Listening(
        host=args.host or origin.host,
        port=origin.port if args.port is None else args.port,
        workers=args.workers or origin.workers,
        threads=args.threads or origin.threads,
    )
    CounterFolder(channel.state / METRICS).fold()
    token = token_of(channel.state / PREVIEW_TOKEN) if args.preview else ""

    def ready(port: int) -> None:
        serving.announce(channel.state, where.host, port)
        print(f"serving on http://{where.host}:{port}/", flush=True)

    def loaded() -> Layer:
        # Whoever follows has the declarations of the release that is on air by now, and boxes of its own.
        now, site = (_reopened(args), channel.state) if follows else (channel, None)
        desk = args.desk and not follows
        talks = not follows
        return load(
            now, count_viewers=not args.no_viewer_counts, preview=token, desk=desk, talks=talks, site=site
        )  # fmt: skip

    beside.append(Child("painters", house_of(channel.state)))
    # What is loaded by now is the workers' too, and stays shared.
    collect_seldom()
    with serving.taken_back(channel.state):
        serve(where, loaded, ready=ready, beside=beside)
    return 0


def _follower(args: argparse.Namespace) -> Child:
    """What keeps the store at the other channel's; begun by a first look, without which there is nothing to serve.
    Raises PersonError, FetchError, TrustError."""
    from broadcaster.bundle.follow import Follower
    from broadcaster.station.supervise import Child

    if not (args.follow and args.root and args.state):
        raise PersonError("--follow: found it without all of --root FILE and --state DIR", hint="see docs/follow.md")
    follower = Follower(args.follow, args.root, args.state)
    try:
        follower.look()
    except (ChannelError, OSError) as error:
        if isinstance(error, OSError):
            follower.forget()
        if not follower.store.current_id():
            raise
        logging.getLogger(__name__).warning("not followed", extra={"error": str(error)})
    argv = [sys.executable, "-m", "broadcaster.bundle.follow", args.follow, str(args.root.absolute()), str(args.state)]
    return Child("follower", argv)


def _reopened(args: argparse.Namespace) -> Channel:
    from broadcaster.bundle.follow import followed_channel

    return followed_channel(args.state)
