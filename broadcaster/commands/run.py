"""``channel run``."""

from __future__ import annotations

import argparse
import os
import sys

from broadcaster.origin.listening import check_free
from broadcaster.station.run import DEMO, Plan, planned
from broadcaster.station.run import run as supervise

HELP = "put the channel on air: sources, builder and origin as processes of one command"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen."""
    parser.add_argument("--port", type=int, default=None, help="the origin's port (default: channel.toml, 8180)")
    parser.add_argument("--host", default=None, help="the address to listen on (default: channel.toml, 127.0.0.1)")
    parser.add_argument("--planned", default="", help=argparse.SUPPRESS)
    parser.add_argument("--no-simulator", action="store_true", help="do not start the folder's simulator of sources")


def run(args: argparse.Namespace) -> int:
    """Supervise until Ctrl-C. What looks at the channel first is a process of its own right before: a supervisor that
    only waits need not remember estates and line-up."""
    if args.planned:
        environ = dict(os.environ)
        os.environ.pop(DEMO, None)
        return supervise(planned(args.planned, environ))
    plan = _plan(args)
    check_free(plan.host, plan.port)
    places = ["--channel", str(plan.folder), "--state", str(plan.state)]
    sys.stdout.flush()
    argv = [sys.executable, "-m", "broadcaster.cli", *places, *plan.options, "run", *plan.words()]
    os.execv(sys.executable, argv)


def _plan(args: argparse.Namespace) -> Plan:
    from broadcaster.bundle import keys
    from broadcaster.cli import common_options, open_channel
    from broadcaster.desk.demo import demo

    channel = open_channel(args)
    origin = channel.settings.origin
    channel.state.mkdir(parents=True, exist_ok=True)
    keys.ensure(channel.state)
    desk = any(source.is_desk for source in channel.sources.values())
    if desk:
        os.environ[DEMO] = demo(channel, args.host or origin.host)
    return Plan(
        desk=desk,
        folder=channel.folder,
        state=channel.state,
        options=common_options(args),
        host=args.host or origin.host,
        port=origin.port if args.port is None else args.port,
        title=channel.settings.title,
        estate=next(iter(channel.estates), "district"),
        simulator=not args.no_simulator,
    )
