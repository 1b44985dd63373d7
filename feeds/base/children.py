"""Processes of ours that live as long as whoever started them: how one is started, and how it ends with its owner.

A child and its owner talk over a socket, in messages of eight bytes of length and a body. A pipe that nobody writes to
says whether the owner lives: the kernel ends the child when its other end closes, whatever the child is busy with.
"""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from feeds.base.clock import VARIABLE

LENGTH = 8
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV", "PYTHONHOME", "LD_LIBRARY_PATH", VARIABLE)


def framed(message: bytes) -> bytes:
    """The message as it is sent."""
    return len(message).to_bytes(LENGTH, "big") + message


@dataclass(eq=False)
class Child:
    """A started process: ``socket`` leads to it, ``life`` is the end of the pipe that keeps it alive."""

    process: subprocess.Popen[bytes]
    socket: socket.socket
    life: int

    def end(self, grace: float = 0.0) -> int:
        """End it now, or let it end by itself for ``grace`` seconds; its exit code as subprocess gives it."""
        with suppress(subprocess.TimeoutExpired):
            if grace:
                self.process.wait(grace)
        if self.process.poll() is None:
            self.process.kill()
        code = self.process.wait()
        self.socket.close()
        if self.life >= 0:
            os.close(self.life)
            self.life = -1
        return code


def start(module: str, arguments: Sequence[str] = (), *, errors: int | None = subprocess.DEVNULL) -> Child:
    """Start ``python -m module LIFE SOCKET ARGUMENTS…``; its standard error goes to ``errors``. Raises OSError."""
    # The environment holds credentials, and none of them is needed there.
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"}
    with tied() as (connection, life, handles):
        process = subprocess.Popen(
            [sys.executable, "-m", module, *map(str, handles), *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, pass_fds=handles, env=environment,
        )  # fmt: skip
    return Child(process, connection, life)


@contextmanager
def tied() -> Iterator[tuple[socket.socket, int, tuple[int, int]]]:
    """What ties a child to its owner while it is started: the owner's socket and end of the pipe, which are closed if
    no child comes of it, and LIFE and SOCKET for the child, which the owner loses at the end. Raises OSError."""
    ours, theirs = socket.socketpair()
    life, ends = os.pipe()
    try:
        yield ours, ends, (life, theirs.fileno())
    except BaseException:
        os.close(ends)
        ours.close()
        raise
    finally:
        theirs.close()
        os.close(life)


def settle(life: int, number: int) -> socket.socket:
    """What a child does first: live as long as its owner; gives the socket that leads to it."""
    _die_with(life)
    # Ctrl-C goes to everybody at the terminal; the owner decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        # Where memory runs out for all, this process is the one to go.
        Path("/proc/self/oom_score_adj").write_text("1000")
    return socket.socket(fileno=number)


def _die_with(life: int) -> None:
    """Have the kernel end this process when the other end of the pipe closes: the signal needs no lock of the
    interpreter."""
    fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC | os.O_NONBLOCK)
    with suppress(BlockingIOError):
        if not os.read(life, 1):
            sys.exit()


def receive(connection: socket.socket) -> bytes | None:
    """The next message; None at the end."""
    head = connection.recv(LENGTH, socket.MSG_WAITALL)
    if len(head) < LENGTH:
        return None
    body = bytearray(int.from_bytes(head, "big"))
    view, at = memoryview(body), 0
    while at < len(body):
        came = connection.recv_into(view[at:])
        if not came:
            return None
        at += came
    view.release()
    return bytes(body)


def resident(which: int = 1) -> int:
    """Bytes of this process: 0 mapped, 1 resident."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[which]) * resource.getpagesize()


def own() -> int:
    """Resident bytes of this process that no file holds."""
    _, all_of_it, of_files, *_ = Path("/proc/self/statm").read_text(encoding="ascii").split()
    return (int(all_of_it) - int(of_files)) * resource.getpagesize()
