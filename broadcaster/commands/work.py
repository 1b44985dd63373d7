"""``channel work``."""

from __future__ import annotations

import argparse
import logging

HELP = "gather each source in its own time, build what changed, publish it"


def arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(args: argparse.Namespace) -> int:
    """Work until SIGTERM or Ctrl-C."""
    from broadcaster.cli import open_channel, own_state
    from broadcaster.station import parent_watch
    from broadcaster.station.work import work
    from broadcaster.tools.checking import doubts

    parent_watch.watch()
    channel = own_state(open_channel(args))
    for doubt in doubts(channel):
        logging.getLogger(__name__).warning(str(doubt))
    work(channel)
    return 0
