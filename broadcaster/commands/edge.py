"""``channel edge``."""

from __future__ import annotations

import argparse

HELP = "print a ready configuration for a standard cache before the origin"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which cache, and where things are."""
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
    nginx = kinds.add_parser("nginx", help="a file for nginx's conf.d, or a whole nginx.conf")
    nginx.add_argument("--origin", action="append", metavar="HOST:PORT", help="may be repeated")
    nginx.add_argument("--listen", default="80", metavar="PORT", help="a port, or ADDRESS:PORT (default: 80)")
    nginx.add_argument("--cache", default="/var/cache/nginx/channel", metavar="DIR", help="where answers are kept")
    nginx.add_argument("--log", default="/var/log/nginx/channel.log", metavar="FILE", help="the access log")
    nginx.add_argument("--size", default="4g", help="the most that is kept (default: 4g)")
    nginx.add_argument("--standalone", metavar="PIDFILE", default="", help="print a whole nginx.conf")


def run(args: argparse.Namespace) -> int:
    """Print it."""
    from broadcaster.origin.edge import Edge, nginx

    origins = args.origin
    if not origins:
        from broadcaster.cli import open_channel

        origin = open_channel(args).settings.origin
        origins = [f"{origin.host}:{origin.port}"]
    edge = Edge(origins, listen=args.listen, cache=args.cache, log=args.log, size=args.size)
    print(nginx(edge, standalone=args.standalone), end="")
    return 0
