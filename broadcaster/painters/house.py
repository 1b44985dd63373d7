"""``python -m broadcaster.painters.house STATE``: the painters of an origin, and who is painted for first.

One process and one loop, which never blocks and paints nothing itself. It listens on a socket in the state folder,
hears what the workers of the origin want, has each thing painted once however many want it, and answers. It ends with
whoever started it, and its painters with it. Whoever runs it starts it anew; workers are told ``away`` meanwhile.
"""

from __future__ import annotations

import argparse
import fcntl
import heapq
import logging
import os
import select
import shutil
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType

import msgspec

from broadcaster import logs
from broadcaster.painters.cache import ROOM
from broadcaster.painters.client import listen
from broadcaster.painters.hands import Hands
from broadcaster.painters.nursery import Nursery
from broadcaster.painters.staff import TRIES, Done, Staff
from broadcaster.painters.turns import Job, Turns
from broadcaster.painters.wire import HEAVY, HOST, SOCKET, WARMER, Answer, Ask, Counts, Stream, decode_request, packed
from broadcaster.station import parent_watch
from feeds.base.errors import BusyError

log = logging.getLogger(__name__)

FOLDER = f"painting-{HOST}"
"""In the state folder: what painters have laid out, removed whenever a house begins or ends."""
_LOCK = f"painters-{HOST}.lock"
MOST, EACH = 4096, 1024
"""Jobs that wait, of all and of one asker."""
REMEMBERED_S = 60.0
_TURN_S = 0.5
_MOST_OUT = 512 << 20
"""Bytes that a worker may leave unread."""
_CHUNK = 1 << 20


class _Answer(msgspec.Struct, frozen=True, array_like=True, tag="answer"):
    number: int
    status: str
    page: msgspec.Raw


_NOTHING = msgspec.Raw(b"\xc0")


@dataclass(eq=False)
class _Caller:
    """A worker of the origin."""

    sock: socket.socket
    stream: Stream = field(default_factory=Stream)
    out: bytearray = field(default_factory=bytearray)
    is_blocked: bool = False


@dataclass
class _Tally:
    painted: int = 0
    joined: int = 0
    late: int = 0
    refused: int = 0
    failed: int = 0
    unsound: int = 0
    uncached: int = 0


class House:
    """Owns ``size`` painters of the state folder ``state``. Raises BusyError when it has a house already, OSError when
    nobody can listen there."""

    def __init__(
        self, state: Path, size: int, *, name: str = SOCKET, room: int = ROOM, memory: int = HEAVY, most: int = MOST
    ) -> None:
        self._lock = _locked(state)
        self._folder = state / FOLDER
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700)
        self._listener = listen(state, name)
        self._listener.setblocking(False)
        self._poll = select.epoll()
        self._poll.register(self._listener, select.EPOLLIN)
        self._callers: dict[int, _Caller] = {}
        self._turns = Turns(most, min(most, EACH))
        self._nursery = Nursery(state, self._folder, room)
        self._staff = Staff(
            size, partial(Hands, self._nursery, self._folder), self._turns, self._poll, self._painted, memory
        )
        self._jobs: dict[tuple[bytes, bool], Job] = {}
        self._deadlines: list[tuple[float, int, int, tuple[bytes, bool]]] = []
        self._plain: dict[tuple[bytes, bool], tuple[float, str, msgspec.Raw]] = {}
        self._tally = _Tally()
        self._is_ending = False

    def run(self) -> None:
        """Serve until ``stop``."""
        try:
            while not self._is_ending:
                self.turn()
        finally:
            self.close()

    def stop(self) -> None:
        """Let ``run`` end."""
        self._is_ending = True

    def close(self) -> None:
        """End every painter."""
        self._staff.end()
        self._nursery.end()
        for caller in self._callers.values():
            caller.sock.close()
        self._listener.close()
        self._poll.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        os.close(self._lock)

    def turn(self) -> None:
        """Wait for something to happen, and see to it."""
        self._staff.tend()
        for number, events in self._poll.poll(self._patience()):
            try:
                self._happened(number, events)
            except Exception:
                # Nobody foresaw it; it ends this connection, and neither the house nor a painter.
                log.exception("a worker's connection failed")
                if number in self._callers:
                    self._leave(self._callers[number])
        now = time.monotonic()
        self._tell_late(now)
        self._staff.hand_out()

    def _happened(self, number: int, events: int) -> None:
        if number == self._listener.fileno():
            self._accept()
        elif number in self._staff:
            self._staff.hear(number)
        elif number in self._callers:
            self._serve(self._callers[number], events)

    # Jobs

    def _painted(self, job: Job, done: Done) -> None:
        tally = self._tally
        tally.painted += done.status == "painted"
        tally.failed += done.status == "failed"
        tally.unsound += not done.sound
        tally.uncached += not done.cached
        self._finish(job, done.status, done.page, keep=job.deaths >= TRIES or done.status == "failed")

    def _wanted(self, number: int, ask: Ask) -> None:
        """A worker wants something painted."""
        place, caller = _place(ask), self._callers[number]
        known = self._plain.get(place)
        if known is not None:
            if known[0] > time.monotonic():
                self._send(caller, _Answer(ask.number, known[1], known[2]))
                return
            del self._plain[place]
        job = self._jobs.get(place)
        urgency = min(max(ask.urgency, 0), WARMER)
        asker = ask.asker or f"#{number}"
        if job is None:
            job = self._jobs[place] = Job(ask, urgency)
            job.waiters[number, ask.number] = None
            self._refuse(self._turns.add(job, asker))
        else:
            self._tally.joined += 1
            job.waiters[number, ask.number] = None
            job.urgency = min(job.urgency, urgency)
            if job.is_waiting:
                self._refuse(self._turns.add(job, asker))
        heapq.heappush(self._deadlines, (time.monotonic() + ask.within, number, ask.number, place))

    def _refuse(self, jobs: list[Job]) -> None:
        for job in jobs:
            self._tally.refused += len(job.waiters)
            self._finish(job, "full", _NOTHING)

    def _finish(self, job: Job, status: str, page: msgspec.Raw, *, keep: bool = False) -> None:
        place = _place(job.ask)
        self._jobs.pop(place, None)
        if keep:
            if len(self._plain) >= EACH:
                self._plain.pop(next(iter(self._plain)))
            self._plain[place] = (time.monotonic() + REMEMBERED_S, status, page)
        for number, question in job.waiters:
            caller = self._callers.get(number)
            if caller is not None:
                self._send(caller, _Answer(question, status, page))

    def _tell_late(self, now: float) -> None:
        while self._deadlines and self._deadlines[0][0] <= now:
            _, number, question, place = heapq.heappop(self._deadlines)
            job = self._jobs.get(place)
            if job is not None and (number, question) in job.waiters:
                del job.waiters[number, question]
                self._tally.late += 1
                if not job.waiters:
                    self._turns.later(job)
                caller = self._callers.get(number)
                if caller is not None:
                    self._send(caller, Answer(question, "late"))

    def _patience(self) -> float:
        if not self._deadlines:
            return _TURN_S
        return min(_TURN_S, max(0.0, self._deadlines[0][0] - time.monotonic()))

    # Workers

    def _accept(self) -> None:
        with suppress(OSError):
            sock, _ = self._listener.accept()
            sock.setblocking(False)
            self._callers[sock.fileno()] = _Caller(sock)
            self._poll.register(sock.fileno(), select.EPOLLIN)

    def _serve(self, caller: _Caller, events: int) -> None:
        number = caller.sock.fileno()
        if events & select.EPOLLOUT:
            self._flush(caller)
        if not events & ~select.EPOLLOUT or number not in self._callers:
            return
        try:
            data = caller.sock.recv(_CHUNK)
            if not data:
                raise ConnectionError
            for message in caller.stream.feed(data):
                request = decode_request(message)
                if isinstance(request, Ask):
                    self._wanted(number, request)
                else:
                    self._send(caller, self._counts(request.number))
                if number not in self._callers:
                    return
        except BlockingIOError:
            return
        except (OSError, ValueError, msgspec.MsgspecError):
            self._leave(caller)

    def _counts(self, number: int) -> Counts:
        staff = self._staff
        return Counts(
            number=number,
            painters=staff.ready,
            waiting=len(self._turns),
            painting=staff.painting,
            deaths=staff.deaths,
            seconds=staff.seconds,
            **vars(self._tally),
        )

    def _send(self, caller: _Caller, message: object) -> None:
        caller.out += packed(message)
        if not caller.is_blocked:
            self._flush(caller)

    def _flush(self, caller: _Caller) -> None:
        number = caller.sock.fileno()
        try:
            while caller.out:
                sent = caller.sock.send(caller.out)
                del caller.out[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self._leave(caller)
            return
        if len(caller.out) > _MOST_OUT:
            self._leave(caller)
        elif bool(caller.out) != caller.is_blocked:
            caller.is_blocked = bool(caller.out)
            self._poll.modify(number, select.EPOLLIN | (select.EPOLLOUT if caller.out else 0))

    def _leave(self, caller: _Caller) -> None:
        """A worker has gone; what it wanted is painted all the same, for others will want it."""
        number = caller.sock.fileno()
        if self._callers.pop(number, None) is None:
            return
        self._poll.unregister(number)
        caller.sock.close()
        for job in self._jobs.values():
            job.waiters = {waiter: None for waiter in job.waiters if waiter[0] != number}


def _place(ask: Ask) -> tuple[bytes, bool]:
    return ask.key, ask.pictures


def _locked(state: Path) -> int:
    number = os.open(state / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(number)
        hint = "one house serves all origins of a machine"
        raise BusyError(f"{state}: painters work there already", hint=hint) from None
    return number


def main(arguments: list[str]) -> int:
    """Run a house until SIGTERM, or until whoever started it is gone."""
    parser = argparse.ArgumentParser(prog="python -m broadcaster.painters.house", description=__doc__)
    parser.add_argument("state", type=Path, help="the channel's state folder")
    parser.add_argument("--painters", type=int, default=0, help="how many (default: as many as cores)")
    parser.add_argument("--room", type=int, default=ROOM, help="bytes of the cache")
    parser.add_argument("--memory", type=int, default=HEAVY, help="bytes at which a painter is replaced by a fresh one")
    options = parser.parse_args(arguments)
    logs.configure()
    try:
        size = options.painters or len(os.sched_getaffinity(0))
        house = House(options.state, size, room=options.room, memory=options.memory)
    except BusyError as error:
        print(error, file=sys.stderr)
        return error.exit_code

    def end(_: int, __: FrameType | None) -> None:
        house.stop()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    parent_watch.watch()
    house.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
