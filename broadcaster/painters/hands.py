"""One painter, as the house that owns it sees it: started without waiting for it, asked and heard without blocking."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from broadcaster.painters.turns import Job
from broadcaster.painters.wire import Order, Stream, packed
from feeds.base.children import start

_CHUNK = 1 << 20


class Hands:
    """A painter process. Raises OSError when there is none to be had.

    It is of use when it has said that it is ready; ``job`` is what it paints, since the moment ``since``.
    """

    def __init__(self, state: Path, folder: Path, *, room: int, idle: bool = False) -> None:
        """One that is ``idle`` paints while the machine has nothing else to do, and takes what nobody waits for."""
        self.is_idle = idle
        self._folder = Path(tempfile.mkdtemp(prefix="painter-", dir=folder))
        try:
            arguments = (str(state), str(self._folder), str(room), *(("idle",) if idle else ()))
            self._child = start("broadcaster.painters.painter", arguments, errors=None)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self._child.socket.setblocking(False)
        self._stream = Stream()
        self._out = bytearray()
        self.is_ready = False
        self.is_leaving = False
        self.job: Job | None = None
        self.weight = 0
        self.since = time.monotonic()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.process.pid

    def fileno(self) -> int:
        """What can be read when it says something or is gone."""
        return self._child.socket.fileno()

    def give(self, job: Job, *, plain: bool) -> None:
        """Have it paint. Its death is found out by reading."""
        ask = job.ask
        self.job, self.since = job, time.monotonic()
        order = Order(ask.key, ask.release, ask.profile, ask.estate, ask.name, pictures=ask.pictures, plain=plain)
        self._out += packed(order)
        with suppress(OSError):
            # An order is far smaller than what a socket holds, and there is one at a time.
            sent = self._child.socket.send(self._out)
            del self._out[:sent]

    def heard(self) -> Iterator[bytes]:
        """What it said. Raises EOFError when it is gone, ValueError for nonsense."""
        while True:
            try:
                data = self._child.socket.recv(_CHUNK)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                raise EOFError
            yield from self._stream.feed(data)

    def end(self) -> int:
        """End it now; its exit code."""
        code = self._child.end()
        shutil.rmtree(self._folder, ignore_errors=True)
        return code
