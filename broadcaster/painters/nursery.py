"""Where the painters of a house come from: a process that has loaded all that painting needs, and forks.

That process is ``broadcaster.painters.cradle``; the house itself loads none of it.
"""

from __future__ import annotations

import socket
from pathlib import Path

from feeds.base.children import Child, start, tied

ORDER = 64
"""Bytes of an order: the name of the painter's folder, with a blank before it where it is to paint while the machine
has nothing else to do."""


class Nursery:
    """The nursery of a house; its process is started when it is needed, and anew when it died."""

    def __init__(self, state: Path, folder: Path, room: int) -> None:
        self._arguments = (str(state), str(folder), str(room))
        self._child: Child | None = None

    def bear(self, name: str, *, idle: bool) -> tuple[socket.socket, int]:
        """A painter on its way, whose folder is ``name``: the socket that leads to it, and the end of the pipe that
        keeps it alive. Raises OSError."""
        if self._child is None or self._child.process.poll() is not None:
            self.end()
            self._child = start("broadcaster.painters.cradle", self._arguments, errors=None)
            self._child.socket.setblocking(False)
        order = f"{' ' if idle else ''}{name}".encode().ljust(ORDER)
        with tied() as (connection, life, handles):
            socket.send_fds(self._child.socket, [order], handles)
        return connection, life

    def end(self) -> None:
        """End it; those that it bore live on."""
        if self._child is not None:
            self._child.end()
            self._child = None
