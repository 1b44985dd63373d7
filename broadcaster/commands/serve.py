"""``channel serve``."""

from __future__ import annotations

import argparse

HELP = "serve releases to boxes over HTTP"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen, and with how many workers."""
    parser.add_argument("--port", type=int, default=None, help="0 takes any free one (default: channel.toml, 8180)")
    parser.add_argument("--host", default=None, help="default: channel.toml, 127.0.0.1")
    parser.add_argument("--workers", type=int, default=None, metavar="N", help="processes (default: channel.toml)")
    parser.add_argument("--no-viewer-counts", action="store_true", help="do not count views by page and estate")
    parser.add_argument("--preview", action="store_true", help="answer /preview/ to whoever has STATE/preview-token")
    parser.add_argument("--threads", type=int, default=None, metavar="N", help="threads of each")


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM; SIGHUP starts fresh workers without losing a request."""
    from functools import partial

    from broadcaster.cli import open_channel
    from broadcaster.origin import serving
    from broadcaster.origin.metrics import CounterFolder
    from broadcaster.origin.server import Listening, serve
    from broadcaster.origin.worker import load
    from broadcaster.places import METRICS, PREVIEW_TOKEN
    from broadcaster.preview.access import token_of
    from broadcaster.station.standby import house_of
    from broadcaster.station.supervise import Child

    channel = open_channel(args)
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

    loader = partial(load, channel, count_viewers=not args.no_viewer_counts, preview=token)
    with serving.taken_back(channel.state):
        serve(where, loader, ready=ready, beside=[Child("painters", house_of(channel.state))])
    return 0
