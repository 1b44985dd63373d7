"""``python -m broadcaster.painters.cradle LIFE SOCKET STATE FOLDER ROOM``: where the painters of a house are born.

Loading fonts, libraries and layouts takes seconds and sixty megabytes. Here it is done once; a painter is a fork of
this process, so it is ready at once and shares what it does not change. It paints nothing for boxes and opens nothing
that two processes must not share: a painter opens store and cache for itself.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NoReturn

from broadcaster import logs
from broadcaster.painters.nursery import ORDER
from broadcaster.painters.painter import Studio, opened, paint
from broadcaster.places import STORE
from channel.estates import DISTRICT
from channel.memory import collect_seldom
from channel.painting import choose
from channel.release import Store
from channel.render import Renderer
from feeds.base.children import settle
from feeds.base.errors import ChannelError

log = logging.getLogger(__name__)

_REAP_S = 5.0
_ENDED = -signal.SIGIO
"""How a painter ends whose house has let it go."""


class _Cradle:
    """What is ready when a painter is born."""

    def __init__(self, state: Path, folder: Path) -> None:
        self._state, self._folder = state, folder
        self.renderers: dict[str, Renderer] = {}

    def warm_up(self) -> None:
        """Load what pages need that are on air, by painting the first of them; those of other declarations go."""
        with suppress(ChannelError, OSError):
            store = Store.open(self._state / STORE)
            release = store.current()
            if release is None or not release.root.declared or release.root.declared in self.renderers:
                return
            renderer = opened(store, release.root.declared, self._folder)
            kinds = {renderer.profiles[name].kind: name for name in reversed(renderer.channel.profiles)}
            for page in sorted(release.root.contents)[:1]:
                for profile in kinds.values():
                    choose(renderer, release, page, DISTRICT, profile)
            renderer.load_layouts()
            renderer.terminals.load()
            self.renderers = {release.root.declared: renderer}
            collect_seldom()


def main(arguments: list[str]) -> None:
    """Bear painters until the house is gone."""
    control = settle(int(arguments[0]), int(arguments[1]))
    logs.configure()
    state, folder, room = Path(arguments[2]), Path(arguments[3]), int(arguments[4])
    cradle = _Cradle(state, folder)
    collect_seldom()
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while True:
        if poll.poll(_REAP_S * 1000):
            order, handles, *_ = socket.recv_fds(control, ORDER, 2)
            if len(handles) < 2:
                return
            cradle.warm_up()
            name = order.decode()
            idle, home = name.startswith(" "), folder / name.strip()
            _born(control, handles, partial(_paint, state, home, room, cradle.renderers, idle))
        _bury()


def _born(control: socket.socket, handles: list[int], work: Callable[[int, int], None]) -> None:
    """Fork a painter with these handles."""
    if os.fork():
        for handle in handles:
            os.close(handle)
        return
    _live(control, handles, work)


def _live(control: socket.socket, handles: list[int], work: Callable[[int, int], None]) -> NoReturn:
    code = 1
    try:
        control.close()
        work(handles[0], handles[1])
        code = 0
    except BaseException:
        log.exception("a painter failed")
    finally:
        # What the nursery has laid out stays: nothing of its own end is done here.
        os._exit(code)


def _paint(
    state: Path, home: Path, room: int, known: Mapping[str, Renderer], idle: bool, life: int, number: int
) -> None:
    paint(life, number, Studio(state, home, room, known=known), idle=idle)


def _bury() -> None:
    """Say of those that ended otherwise than their house wished how they did."""
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            code = os.waitstatus_to_exitcode(ended[1])
            if code not in (0, _ENDED):
                log.warning("a painter ended", extra={"pid": ended[0], "code": code})


if __name__ == "__main__":
    main(sys.argv[1:])
