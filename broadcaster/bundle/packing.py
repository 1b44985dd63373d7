"""``python -m broadcaster.bundle.packing LIFE SOCKET STATE``: publishes the release on air as a bundle, and ends.

What packing needs for a moment, the indexes and the tree of tens of thousands of files, would stay in fragments between
what ``work`` keeps. What a bundle carries is said by the declarations of the release, not by the channel's folder.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from pathlib import Path

from broadcaster import logs
from broadcaster.places import STORE
from feeds.base.children import framed, receive, settle, start
from feeds.base.clock import SystemClock
from feeds.base.errors import BusyError, ChannelError

log = logging.getLogger(__name__)

TRIES = 2
"""A process that was killed has harmed nothing, and what it was busy with is done again."""
_NICE = 10
"""Answering and building go first."""
_MAPS = 4
"""Decoded maps in memory: packing goes once over a release and never comes back to a map."""


def packed(state: Path) -> None:
    """Have the release on air of ``state`` published. Raises ChannelError with what went wrong, OSError."""
    for _ in range(TRIES):
        child = start("broadcaster.bundle.packing", (str(state),), errors=None)
        try:
            said = receive(child.socket)
        finally:
            code = child.end()
        if said is not None:
            break
        log.warning("the process that packs was ended", extra={"code": code})
    else:
        raise BusyError("a bundle is not packed: its process was ended twice", hint="the next release tries again")
    if said:
        raise ChannelError(said.decode())


def main(arguments: list[str]) -> None:
    """Publish, and say what went wrong: nothing when nothing did."""
    connection, said = settle(int(arguments[0]), int(arguments[1])), ""
    logs.configure()
    os.nice(_NICE)
    try:
        _publish(Path(arguments[2]))
    except ChannelError as error:
        said = str(error)
    except Exception as error:
        log.exception("packing failed")
        said = f"packing failed: {type(error).__name__}"
    connection.sendall(framed(said.encode()))


def _publish(state: Path) -> None:
    from broadcaster.bundle import bundles
    from channel.declared import unpack_folder
    from channel.folder import Channel
    from channel.memory import collect_seldom
    from channel.release import Store
    from channel.release.objects import MAP

    collect_seldom()
    store = Store.open(state / STORE, cache=_MAPS)
    release = store.current()
    if release is None or not release.has_pages:
        return
    with tempfile.TemporaryDirectory(prefix="declared-") as folder:
        unpack_folder(store.object(MAP, bytes.fromhex(release.root.declared)), Path(folder))
        channel = Channel.open(Path(folder), state)
        bundles.publish(store, release, channel, SystemClock())
    log.info("bundle published", extra={"release": release.id})


if __name__ == "__main__":
    main(sys.argv[1:])
