"""One worker, as the pool that owns it sees it."""

from __future__ import annotations

import errno
import signal
import time

from feeds.base.children import LENGTH, framed, start
from feeds.parsing.messages import READY, TAKEN

_START_S = 60.0
_MOST_ANSWERED = 4_000_000_000


class NoStart(Exception):
    """No worker is to be had just now; the reason is a sentence."""


class Gone(Exception):
    """The worker is no more. ``taken`` says whether it had its whole request by then; ``code`` is subprocess's."""

    def __init__(self, code: int, *, taken: bool) -> None:
        super().__init__(code)
        self.code = code
        self.taken = taken

    @property
    def from_outside(self) -> bool:
        """Whether somebody else ended it, so that what it was busy with need not be to blame."""
        return -self.code in (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)

    @property
    def words(self) -> str:
        """What ended it."""
        if -self.code == signal.SIGKILL:
            return "killed from outside, most likely because the machine's memory ran out"
        if self.code < 0:
            return f"ended by {signal.Signals(-self.code).name}"
        return f"ended with code {self.code}"


class Worker:
    """A started process. Raises NoStart when there is none to be had."""

    def __init__(self) -> None:
        try:
            self._child = start("feeds.parsing.worker")
        except OSError as error:
            raise NoStart(f"the machine gives no process ({errno.errorcode.get(error.errno or 0, '?')})") from None
        self._process, self._socket = self._child.process, self._child.socket
        self._came = bytearray()
        try:
            is_ready = self.wait(_START_S) == READY
        except Gone as gone:
            self.kill()
            raise NoStart(f"the process was {gone.words}, while it started") from None
        if not is_ready:
            self.kill()
            raise NoStart(f"the process did not begin within {_START_S:g} s")

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can be given work."""
        return self._process.poll() is None

    def send(self, request: bytes, seconds: float) -> None:
        """Hand over a request. Raises TimeoutError, Gone."""
        self._came.clear()
        self._socket.settimeout(seconds)
        try:
            self._socket.sendall(framed(request))
            is_taken = self._socket.recv(1) == TAKEN
        except TimeoutError:
            raise
        except OSError:
            is_taken = False
        if not is_taken:
            raise Gone(self.kill(), taken=False)

    def wait(self, seconds: float) -> bytes | None:
        """The answer, or None when it is not there after that time; it may be waited for again. Raises Gone."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                chunk = self._socket.recv(1 << 20)
            except TimeoutError:
                break
            except OSError:
                chunk = b""
            if not chunk:
                raise Gone(self.kill(grace=1.0), taken=True)
            self._came += chunk
            if len(self._came) >= LENGTH:
                length = int.from_bytes(self._came[:LENGTH], "big")
                if length > _MOST_ANSWERED:
                    raise Gone(self.kill(), taken=True)
                if len(self._came) >= LENGTH + length:
                    return bytes(self._came[LENGTH:])
        return None

    def kill(self, grace: float = 0.0) -> int:
        """End it now, or let it end by itself for ``grace`` seconds; its exit code."""
        return self._child.end(grace)
