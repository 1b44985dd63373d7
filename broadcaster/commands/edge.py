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
    nginx.add_argument("--language", default="", help="of its own short page (default: the channel's)")
    nginx.add_argument("--standalone", metavar="PIDFILE", default="", help="print a whole nginx.conf")


def run(args: argparse.Namespace) -> int:
    """Print it. On an edge's own machine there may be no channel: its origins and its language are named then."""
    from broadcaster.cli import open_channel
    from broadcaster.origin.edge import Edge, nginx
    from channel.words import Say

    origins, say = args.origin, Say(args.language) if args.language else None
    if not origins or (say is None and (args.channel / "channel.toml").is_file()):
        channel = open_channel(args)
        origins = origins or [f"{channel.settings.origin.host}:{channel.settings.origin.port}"]
        say = say or channel.say
    edge = Edge(origins, listen=args.listen, cache=args.cache, log=args.log, size=args.size)
    print(nginx(edge, say or Say(), standalone=args.standalone), end="")
    return 0
