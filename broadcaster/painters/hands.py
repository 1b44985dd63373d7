"""One painter, as the house that owns it sees it: born without waiting for it, asked and heard without blocking."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from broadcaster.painters.nursery import Nursery
from broadcaster.painters.turns import Job
from broadcaster.painters.wire import Order, Stream, packed

_CHUNK = 1 << 20


class Hands:
    """A painter process. Raises OSError when there is none to be had.

    It is of use when it has said that it is ready (``pid`` is known then); ``job`` is what it paints, since the moment
    ``since``.
    """

    def __init__(self, nursery: Nursery, folder: Path, *, idle: bool = False) -> None:
        """One that is ``idle`` paints while the machine has nothing else to do, and takes what nobody waits for."""
        self.is_idle = idle
        self._folder = Path(tempfile.mkdtemp(prefix="painter-", dir=folder))
        try:
            self._socket, self._life = nursery.bear(self._folder.name, idle=idle)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self._socket.setblocking(False)
        self._stream = Stream()
        self._out = bytearray()
        self.pid = 0
        self.is_leaving = False
        self.job: Job | None = None
        self.weight = 0
        self.since = time.monotonic()

    @property
    def is_ready(self) -> bool:
        """Whether it can be given work."""
        return bool(self.pid)

    def fileno(self) -> int:
        """What can be read when it says something or is gone."""
        return self._socket.fileno()

    def give(self, job: Job, *, plain: bool) -> None:
        """Have it paint. Its death is found out by reading."""
        ask = job.ask
        self.job, self.since = job, time.monotonic()
        order = Order(
            ask.key, ask.release, ask.profile, ask.estate, ask.name, pictures=ask.pictures, plain=plain, kept=ask.kept,
            words=ask.words, day=ask.day,
        )  # fmt: skip
        self._out += packed(order)
        with suppress(OSError):
            # An order is far smaller than what a socket holds, and there is one at a time.
            sent = self._socket.send(self._out)
            del self._out[:sent]

    def heard(self) -> Iterator[bytes]:
        """What it said. Raises EOFError when it is gone, ValueError for nonsense."""
        while True:
            try:
                data = self._socket.recv(_CHUNK)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                raise EOFError
            yield from self._stream.feed(data)

    def end(self) -> None:
        """End it now, whatever it is busy with."""
        os.close(self._life)
        self._socket.close()
        shutil.rmtree(self._folder, ignore_errors=True)
