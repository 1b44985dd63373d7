"""The house as a worker of an origin sees it: ``Line`` for its loop, ``Client`` for whoever can wait.

Whoever asks always hears: a house that is not there, or ends before it has answered, is an answer too (``away``).
"""

from __future__ import annotations

import errno
import itertools
import os
import select
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from broadcaster.painters.wire import SOCKET, Answer, Ask, Counts, Look, Stream, decode_reply, packed

_AGAIN_S = 0.2
"""How often a house that is away is looked for."""
_CHUNK = 1 << 20


class Line:
    """A connection to the house of ``state`` that never blocks, for one thread.

    Register ``fileno()`` for reading whenever ``ask`` or ``answers`` changed it (edge-triggered will do), call
    ``answers`` when it can be read and about once a second; it raises nothing.
    """

    def __init__(self, state: Path, name: str = SOCKET) -> None:
        self._state, self._name = state, name
        self._socket: socket.socket | None = None
        self._stream = Stream()
        self._out = bytearray()
        self._asked: set[int] = set()
        self._lost: list[Answer] = []
        self._number = 0
        self._looked = -_AGAIN_S
        self.counts: Counts | None = None
        """The last that was heard of them."""

    def fileno(self) -> int:
        """The socket's file number; -1 while the house is away."""
        return -1 if self._socket is None else self._socket.fileno()

    @property
    def waiting(self) -> int:
        """Questions that are not answered."""
        return len(self._asked)

    def ask(self, ask: Ask) -> int:
        """Send a question, its number given by the line and returned: the answer has it."""
        number = self._next()
        self._asked.add(number)
        if self._connected():
            self._out += packed(msgspec.structs.replace(ask, number=number))
            self.flush()
        else:
            self._lose()
        return number

    def look(self) -> None:
        """Ask for the counts; ``counts`` has them once they came."""
        if self._connected():
            self._out += packed(Look(self._next()))
            self.flush()

    def answers(self) -> Sequence[Answer]:
        """What came since the last time."""
        found: list[Answer] = []
        try:
            while self._socket is not None:
                data = self._socket.recv(_CHUNK)
                if not data:
                    raise ConnectionError
                for message in self._stream.feed(data):
                    self._take(message, found)
        except BlockingIOError:
            pass
        except (OSError, ValueError):
            self._lose()
        self.flush()
        lost, self._lost = self._lost, []
        return [*found, *lost]

    def flush(self) -> None:
        """Send what could not be sent before."""
        try:
            while self._out and self._socket is not None:
                sent = self._socket.send(self._out)
                del self._out[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self._lose()

    def close(self) -> None:
        """End it."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _take(self, message: bytes, found: list[Answer]) -> None:
        reply = decode_reply(message)
        if isinstance(reply, Counts):
            self.counts = reply
        elif reply.number in self._asked:
            self._asked.discard(reply.number)
            found.append(reply)

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _connected(self) -> bool:
        now = time.monotonic()
        if self._socket is None and now - self._looked >= _AGAIN_S:
            self._looked = now
            with suppress(OSError):
                self._socket = connect(self._state, self._name)
                self._socket.setblocking(False)
        return self._socket is not None

    def _lose(self) -> None:
        self.close()
        self._stream, self._out = Stream(), bytearray()
        self._lost += [Answer(number, "away") for number in sorted(self._asked)]
        self._asked.clear()


class Client:
    """One question at a time, for whoever can wait. Not for several threads at once."""

    def __init__(self, state: Path, name: str = SOCKET, *, patience: float = 60.0) -> None:
        self._line = Line(state, name)
        self._patience = patience

    def ask(self, ask: Ask) -> Answer:
        """The answer; ``away`` when there is none after ``patience`` seconds."""
        number = self._line.ask(ask)
        until = time.monotonic() + self._patience
        while True:
            for answer in self._line.answers():
                if answer.number == number:
                    return answer
            if not self._wait(until):
                return Answer(number, "away")

    def ask_all(self, asks: Iterable[Ask], window: int = 8) -> Iterator[tuple[Ask, Answer]]:
        """Each question with its answer, as they come, so many under way at a time."""
        waiting: dict[int, Ask] = {}
        source = iter(asks)
        while True:
            for ask in itertools.islice(source, window - len(waiting)):
                waiting[self._line.ask(ask)] = ask
            if not waiting:
                return
            until = time.monotonic() + self._patience
            found = self._line.answers()
            while not found and self._wait(until):
                found = self._line.answers()
            if not found:
                found = [Answer(number, "away") for number in waiting]
            for answer in found:
                if answer.number in waiting:
                    yield waiting.pop(answer.number), answer

    def counts(self) -> Counts | None:
        """How things stand; None when nobody says."""
        self._line.counts = None
        self._line.look()
        until = time.monotonic() + self._patience
        while self._line.counts is None and self._wait(until):
            self._line.answers()
        return self._line.counts

    def close(self) -> None:
        """End it."""
        self._line.close()

    def _wait(self, until: float) -> bool:
        number = self._line.fileno()
        left = until - time.monotonic()
        if number < 0 or left <= 0:
            return False
        poll = select.poll()
        poll.register(number, select.POLLIN)
        return bool(poll.poll(left * 1000))


def counts_of(state: Path, patience: float = 2.0) -> Counts | None:
    """How the house of a state folder stands; None when nobody says within that many seconds."""
    client = Client(state, patience=patience)
    try:
        return client.counts()
    finally:
        client.close()


def connect(state: Path, name: str = SOCKET) -> socket.socket:
    """A connection to the socket ``name`` in ``state``. Raises OSError where nobody listens."""
    folder = os.open(state, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # The name of a socket has room for 107 bytes, and a state folder's path may be longer.
        sock.connect(f"/proc/self/fd/{folder}/{name}")
    except BaseException:
        sock.close()
        raise
    finally:
        os.close(folder)
    return sock


def listen(state: Path, name: str = SOCKET) -> socket.socket:
    """A listening socket ``name`` in ``state``, its owner's alone, in place of one that was left there. Raises
    OSError."""
    folder = os.open(state, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with suppress(FileNotFoundError):
            (state / name).unlink()
        mask = os.umask(0o177)
        try:
            sock.bind(f"/proc/self/fd/{folder}/{name}")
        finally:
            os.umask(mask)
        sock.listen(128)
    except OSError as error:
        sock.close()
        raise OSError(error.errno or errno.EIO, f"{state / name}: {error.strerror}") from None
    finally:
        os.close(folder)
    return sock
