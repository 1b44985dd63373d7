"""One worker's connections: a loop that answers at once what is ready and gives the rest to threads.

The loop alone touches sockets, so whoever is slow, idle, half open or never reads costs a connection and nothing else:
a request reaches a thread when it is there as a whole, and a thread never waits for a client. What a client has not
taken yet is kept back, and nothing more is read from it or made for it until it has.
"""

from __future__ import annotations

import logging
import os
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from broadcaster.origin.answer import Reply
from broadcaster.origin.careful import Address, Exchange, refusal
from broadcaster.origin.framing import LONGEST_BODY, LONGEST_HEAD, framed, is_form
from broadcaster.painters import Answer, Ask, Line

_LOG = logging.getLogger(__name__)
CHUNK = 65_536
REQUEST_S = 10.0
"""A box sends its request in one packet; whoever needs longer holds a connection for nothing."""
IDLE_S = 75.0
STALLED_S = 30.0
"""A client that takes nothing for so long has gone."""
ENDING_S = 2.0
"""How long a connection that we end is listened to: closed at once, it would take our last words with it."""
ACCEPTS = 16
"""Connections taken at a time; the rest is left to other workers, or to the next turn."""
UPLOADS = 2
"""Editors whose pictures are on their way at a time: each may take four megabytes of a worker that serves boxes."""


class Connection:
    """A client: what came and is not answered yet, what is to be sent, and who has it now."""

    __slots__ = ("address", "came", "closing", "exchange", "number", "out", "since", "sock", "stage")

    def __init__(self, sock: socket.socket, address: Address, now: float) -> None:
        self.sock, self.address, self.number = sock, address, sock.fileno()
        self.came = b""
        self.out: deque[memoryview] = deque()
        self.exchange: Exchange | None = None
        self.closing = False
        self.since = now
        self.stage = READING


READING, SENDING, WORKING, ENDING, CLOSED = range(5)
_PATIENCE = {SENDING: STALLED_S, ENDING: ENDING_S}


class Loop:
    """Serves connections from ``listeners`` until it is drained. ``most`` is of open connections."""

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        ready: Callable[[bytes, str], Reply | Ask | None],
        exchange: Callable[[bytes, Address], Exchange],
        *,
        threads: int,
        most: int,
        line: Line | None = None,
        heard: Callable[[bytes, str, Answer], Reply | None] = lambda data, peer, answer: None,
        uploads: bytes = b"",
    ) -> None:
        """``ready`` answers the bytes of a head at once where it can, or says what has to be painted before ``heard``
        can; ``exchange`` begins the careful way, which answers everything; ``line`` leads to painters; ``uploads`` is
        what requests begin with that may be long."""
        self._uploads = uploads
        self._listeners = {listener.fileno(): listener for listener in listeners}
        self._ready, self._heard, self._make, self._most = ready, heard, exchange, most
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="careful")
        self._poll = select.epoll()
        self._connections: dict[int, Connection] = {}
        self._done: deque[tuple[Connection, Exchange, bytes]] = deque()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._poll.register(self._wake, select.EPOLLIN)
        self._line = line
        self._handle = -1
        self._parked: dict[int, tuple[Connection, Exchange | bytes]] = {}
        """Who waits for what is painted, by the number of the question: a request of the careful way, or its bytes."""
        self._listening = False
        self._last = False
        self._now = self._swept = time.monotonic()
        self._listen(True)

    def wake_by(self, handle: int) -> None:
        """Let a turn end when ``handle`` can be read; whoever reads it is the caller."""
        self._poll.register(handle, select.EPOLLIN | select.EPOLLET)

    def turn(self, seconds: float) -> None:
        """Wait at most that long for something to do, and do it."""
        events = self._poll.poll(seconds)
        self._now = now = time.monotonic()
        for number, _ in events:
            connection = self._connections.get(number)
            try:
                if connection is None and number == self._handle:
                    self._hear()
                elif connection is None:
                    self._other(number)
                elif connection.stage == READING:
                    self._read(connection)
                else:
                    self._go_on(connection)
            except Exception:
                # Nobody foresaw it; it ends this connection and no other.
                _LOG.exception("a connection failed")
                if connection is not None and connection.stage != CLOSED:
                    self._close(connection)
        if now - self._swept >= 1:
            self._sweep()
            if self._line is not None:
                self._line.look()
            self._hear()

    def _read(self, connection: Connection) -> None:
        """Take what came. What boxes ask all day is answered here, without a further step."""
        try:
            data = connection.sock.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close(connection)
            return
        if connection.came:
            connection.came += data
            self._answer(connection)
            return
        connection.since = self._now
        reply = None if self._last else self._ready(data, connection.address[0])
        if not isinstance(reply, Reply):
            connection.came = data
            self._answer(connection, reply)
            return
        try:
            sent = connection.sock.sendmsg((reply.head, reply.body))
        except BlockingIOError:
            sent = 0
        except OSError:
            self._close(connection)
            return
        if sent != reply.size or reply.closing:
            self._keep_back(connection, reply, sent)
            self._send(connection)

    def drain(self, seconds: float, alive: Callable[[], None] = lambda: None) -> None:
        """Take no further connection, answer what comes on those that are open as the last on each, and end when none
        is left or after that time. ``alive`` is called at least once a second."""
        self._listen(False)
        self._last = True
        until = time.monotonic() + seconds
        while self._connections and (self._busy() or time.monotonic() < until):
            if time.monotonic() > until + STALLED_S:
                break
            alive()
            self.turn(0.05)
        for connection in list(self._connections.values()):
            self._close(connection)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _busy(self) -> bool:
        """Whether somebody is owed an answer."""
        return any(connection.stage in (SENDING, WORKING) for connection in self._connections.values())

    def _listen(self, listening: bool) -> None:
        if listening == self._listening:
            return
        self._listening = listening
        for number in self._listeners:
            if listening:
                # One worker is woken for a connection, not all.
                self._poll.register(number, select.EPOLLIN | select.EPOLLEXCLUSIVE)
            else:
                self._poll.unregister(number)

    def _other(self, number: int) -> None:
        if number in self._listeners:
            self._accept(self._listeners[number])
        elif number == self._wake:
            with suppress(BlockingIOError):
                os.eventfd_read(self._wake)
            while self._done:
                connection, exchange, data = self._done.popleft()
                try:
                    self._worked(connection, exchange, data)
                except Exception:
                    _LOG.exception("a connection failed")
                    if connection.stage != CLOSED:
                        self._close(connection)

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(ACCEPTS):
            if len(self._connections) >= self._most:
                self._listen(False)
                return
            try:
                sock, address = listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                # Out of files, or a client that left in the queue: either is over by the next sweep.
                _LOG.warning("a connection cannot be accepted", extra={"error": str(error)})
                self._listen(False)
                return
            sock.setblocking(False)
            connection = Connection(sock, address, self._now)
            self._connections[connection.number] = connection
            self._poll.register(connection.number, select.EPOLLIN)

    def _answer(self, connection: Connection, reply: Reply | Ask | None = None) -> None:
        """Begin with what has come: the first whole request, if there is one. Others wait for its answer. ``reply`` is
        what it is known to need."""
        while connection.stage == READING and connection.came:
            length, status = framed(connection.came, self._uploads)
            if not length and self._is_too_much(connection):
                status = 503
            if status:
                self._refuse(connection, status)
            elif not length:
                return
            else:
                request, connection.came = connection.came[:length], connection.came[length:]
                connection.since = self._now
                reply = reply or self._ready(request, connection.address[0])
                if isinstance(reply, Ask):
                    self._stage(connection, WORKING)
                    self._wait(connection, request, reply)
                    return
                if reply is None:
                    exchange = self._make(request, connection.address)
                    self._work(connection, exchange, exchange.begin)
                    return
                self._keep_back(connection, reply.last() if self._last else reply, 0)
                reply = None
            self._flush(connection)

    def _is_too_much(self, connection: Connection) -> bool:
        """Whether others are sending so much already that there is no room for this one's."""
        if len(connection.came) <= LONGEST_HEAD + LONGEST_BODY:
            return False
        long = (one for one in self._connections.values() if len(one.came) > LONGEST_HEAD + LONGEST_BODY)
        return sum(1 for _ in long) > UPLOADS

    def _refuse(self, connection: Connection, status: int) -> None:
        # The desk keeps in the browser what it could not take: its words are a way back, not the channel's home page.
        back = "/desk/" if is_form(connection.came) else "/"
        connection.came = b""
        connection.out.append(memoryview(refusal(status, back)))
        connection.closing = True

    @staticmethod
    def _keep_back(connection: Connection, reply: Reply, sent: int) -> None:
        """Note what of a reply is still to be sent."""
        head = len(reply.head)
        if sent < head:
            connection.out.append(memoryview(reply.head)[sent:])
        if reply.body and sent < reply.size:
            connection.out.append(memoryview(reply.body)[max(0, sent - head) :])
        connection.closing |= reply.closing

    def _send(self, connection: Connection) -> None:
        """Send what is to be sent, then go on with what came meanwhile."""
        self._flush(connection)
        self._answer(connection)

    def _flush(self, connection: Connection) -> None:
        """Send what can be sent, and see to it that the rest follows. Leaves the connection in its next stage."""
        out = connection.out
        while out:
            try:
                sent = connection.sock.send(out[0])
            except BlockingIOError:
                self._stage(connection, SENDING)
                return
            except OSError:
                self._close(connection)
                return
            connection.since = self._now
            if sent == len(out[0]):
                out.popleft()
            else:
                out[0] = out[0][sent:]
        if connection.exchange is not None:
            self._work(connection, connection.exchange, connection.exchange.more)
        elif connection.closing:
            self._end(connection)
        else:
            self._stage(connection, READING)

    def _stage(self, connection: Connection, stage: int) -> None:
        if stage == connection.stage:
            return
        before, connection.stage = connection.stage, stage
        events = select.EPOLLOUT if stage == SENDING else select.EPOLLIN
        if stage == WORKING:
            # Not even a hang-up may wake the loop for a connection that it does not look at.
            self._poll.unregister(connection.number)
        elif before == WORKING:
            self._poll.register(connection.number, events)
        else:
            self._poll.modify(connection.number, events)

    def _work(self, connection: Connection, exchange: Exchange, job: Callable[[], bytes]) -> None:
        """Have a thread make the next piece of an answer."""
        self._stage(connection, WORKING)

        def work() -> None:
            try:
                data = job()
            except BaseException:
                # Whatever it was, the connection must not wait for an answer that nobody makes any more.
                data = exchange.broken()
            self._done.append((connection, exchange, data))
            os.eventfd_write(self._wake, 1)

        self._pool.submit(work)

    def _wait(self, connection: Connection, request: Exchange | bytes, wanted: Ask) -> None:
        """Have painted what a request needs; until it is there it holds a connection and no thread."""
        assert self._line is not None
        self._parked[self._line.ask(wanted)] = connection, request
        self._follow()
        self._hear()

    def _hear(self) -> None:
        """Go on with those whose paint is there, or will not be in time."""
        if self._line is None:
            return
        for answer in self._line.answers():
            connection, request = self._parked.pop(answer.number, (None, b""))
            if connection is None:
                continue
            if isinstance(request, bytes):
                self._painted(connection, request, answer)
            elif connection.stage == CLOSED:
                request.leave()
            else:
                self._work(connection, request, partial(request.again, answer))
        self._follow()

    def _painted(self, connection: Connection, request: bytes, answer: Answer) -> None:
        """What was waited for without a thread is there, or will not be in time."""
        if connection.stage == CLOSED:
            return
        reply = self._heard(request, connection.address[0], answer)
        if reply is None:
            exchange = self._make(request, connection.address)
            self._work(connection, exchange, partial(exchange.again, answer))
            return
        self._keep_back(connection, reply.last() if self._last else reply, 0)
        self._send(connection)

    def _follow(self) -> None:
        """Look at the line where it is now: it is another one after the house was started again."""
        assert self._line is not None
        handle = self._line.fileno()
        if handle == self._handle:
            return
        if self._handle >= 0:
            with suppress(OSError, ValueError):
                self._poll.unregister(self._handle)
        self._handle = handle
        if handle >= 0:
            self._poll.register(handle, select.EPOLLIN)

    def _worked(self, connection: Connection, exchange: Exchange, data: bytes) -> None:
        if connection.stage == CLOSED:
            exchange.leave()
            return
        if exchange.wanted is not None:
            self._wait(connection, exchange, exchange.wanted)
            return
        connection.exchange = None if exchange.done else exchange
        connection.closing |= exchange.closing
        if data:
            connection.out.append(memoryview(data))
        self._send(connection)

    def _go_on(self, connection: Connection) -> None:
        """A connection that is not being read from can go on."""
        if connection.stage == SENDING:
            self._send(connection)
            return
        try:
            if connection.sock.recv(CHUNK):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._close(connection)

    def _end(self, connection: Connection) -> None:
        """Say that nothing more comes, and wait a moment for the client to close."""
        try:
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(connection)
            return
        connection.came = b""
        connection.since = self._now
        self._stage(connection, ENDING)

    def _close(self, connection: Connection) -> None:
        del self._connections[connection.number]
        if connection.exchange is not None and connection.stage != WORKING:
            self._pool.submit(connection.exchange.leave)
        connection.stage = CLOSED
        # Closing takes it out of the poll as well.
        connection.sock.close()

    def _sweep(self) -> None:
        """Once a second: let go of those who keep nobody but a place."""
        self._swept = now = self._now
        for connection in list(self._connections.values()):
            if connection.stage == WORKING:
                continue
            patience = _PATIENCE.get(connection.stage) or (REQUEST_S if connection.came else IDLE_S)
            if now - connection.since > patience:
                self._close(connection)
        if not self._last:
            self._listen(len(self._connections) < self._most)
