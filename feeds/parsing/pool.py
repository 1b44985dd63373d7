"""The pool of workers, and who is served first.

There are as many workers as cores. Work that takes longer than a moment is slow, and slow work has only half of the
places: when they are taken, what has run for a moment is stopped and begins anew when one is free (a multilevel
feedback queue). So what is read in a moment never waits long for what is not, however much of that comes. A source
whose last reading was slow is slow from the start the next time. Waiting for a place is no part of anybody's deadline.
"""

from __future__ import annotations

import atexit
import logging
import os
import pickle
import signal
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

from feeds.base.clock import parse_duration, wall
from feeds.base.errors import FormatError, ParseError, PersonError, WorkerError
from feeds.formats.base import Document, Parsed
from feeds.parsing.messages import Answer, Request
from feeds.parsing.process import Gone, NoStart, Worker
from feeds.source import Source

log = logging.getLogger(__name__)
T = TypeVar("T")

MOMENT_S = 1.0
"""How long work may take before it is slow."""
_TRIES = 8
"""Workers that may be ended from outside, or be gone before they took a request, until it is given up."""
RESTS_S = 90.0
"""When all but one of the workers have had nothing to do for so long, they end: a start takes half a second, and each
that waits thirty megabytes."""
_START_WAIT_S = 0.05
"""Before the second try to start a worker; up to eight times as long before those that follow."""


class Packed:
    """A dataset as a worker hands it over: the bytes of its file."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def to_bytes(self) -> bytes:
        return self._data


@dataclass(eq=False)
class _Place:
    """A place in the pool. ``sound`` is true once its worker is done and good for more."""

    slow: bool
    worker: Worker | None = None
    sound: bool = False


class Parser:
    """Reads documents in other processes, from any number of threads. Close it when done."""

    def __init__(self, size: int | None = None, *, moment: float = MOMENT_S) -> None:
        self._size = size or min(8, max(2, len(os.sched_getaffinity(0))))
        self._slow_places = max(1, self._size // 2)
        self._moment = moment
        self._changed = threading.Condition()
        self._queues: dict[bool, deque[_Place]] = {False: deque(), True: deque()}
        self._idle: list[tuple[float, Worker]] = []
        self._taken: set[_Place] = set()
        self._slow_sources: set[str] = set()
        self._closed = False
        self._owner = os.getpid()

    def parse(self, source: Source, documents: Sequence[Document], moment: datetime) -> Parsed:
        """What the source's format makes of the documents. Raises FormatError, PersonError, ParseError."""
        there = source if source.zone else msgspec.structs.replace(source, zone=wall().key)
        return self.call("feeds.parsing.tasks:parse", (tuple(documents), there, moment), source, Parsed)

    def links(self, source: Source, documents: Sequence[Document]) -> list[str]:
        """What the documents link to and the source needs too. Raises the same."""
        return self.call("feeds.parsing.tasks:links", (tuple(documents), source), source, list[str])

    def call(self, function: str, args: tuple[Any, ...], source: Source, kind: type[T]) -> T:
        """What ``module:name`` gives for ``args``, of type ``kind``, within the limits of ``source``.

        Raises what it raises of ours, ParseError when it had to be stopped, WorkerError when no worker could be had.
        Whoever ends a worker from outside may mean another: the work begins anew, for as long as it may take.
        """
        request = Request(
            function=function, args=args, seconds=parse_duration(source.parse_deadline), memory=source.parse_memory
        )
        message, lost, spent = pickle.dumps(request), 0, 0.0
        while True:
            start = time.monotonic()
            try:
                answer = self._attempt(message, source, request.seconds)
            except Gone as gone:
                if gone.code == -signal.SIGXCPU:
                    raise _late(source) from None
                lost, spent = lost + 1, spent + time.monotonic() - start
                if not gone.taken and lost == _TRIES:
                    raise _unread(source, f"the process was {gone.words}, before it began") from None
                if gone.taken and (not gone.from_outside or lost == _TRIES or spent >= request.seconds):
                    self._slow_sources.add(source.id)
                    raise ParseError(f"{source.id}: reading it broke down: the process was {gone.words}") from None
            else:
                if answer is not None:
                    return _value(answer, source, kind)

    def close(self) -> None:
        """End every worker; whoever waits for one hears of it. A forked child has none, whatever it remembers."""
        if os.getpid() != self._owner:
            return
        with self._changed:
            self._closed = True
            idle, self._idle = self._idle, []
            for place in self._taken:
                if place.worker is not None:
                    # Its owner waits for it in another thread, and buries it.
                    with suppress(ProcessLookupError):
                        os.kill(place.worker.pid, signal.SIGKILL)
            self._changed.notify_all()
        for _, worker in idle:
            worker.kill()

    def _attempt(self, message: bytes, source: Source, seconds: float) -> Answer | None:
        """One attempt; None when it turned out to be slow and has to wait for a slow place. Raises Gone."""
        place = self._enter(source)
        try:
            worker = self._worker(place, source)
            start = time.monotonic()
            end = start + seconds
            worker.send(message, seconds)
            answer = worker.wait(seconds if place.slow else min(self._moment, seconds))
            if answer is None and not place.slow and time.monotonic() < end:
                self._slow_sources.add(source.id)
                if not self._becomes_slow(place):
                    return None
                answer = worker.wait(end - time.monotonic())
            if answer is None:
                raise TimeoutError
            if time.monotonic() - start < self._moment:
                self._slow_sources.discard(source.id)
            said = _answer(answer, source)
            place.sound = not said.last
            return said
        except TimeoutError:
            self._slow_sources.add(source.id)
            raise _late(source) from None
        except Gone:
            self._refuse_if_closed(source)
            raise
        finally:
            self._leave(place)

    def _enter(self, source: Source) -> _Place:
        """A place, in turn."""
        place = _Place(slow=source.id in self._slow_sources)
        queue = self._queues[place.slow]
        with self._changed:
            queue.append(place)
            while not self._closed and not (queue[0] is place and self._is_free(place)):
                self._changed.wait()
            queue.remove(place)
            self._changed.notify_all()
            self._refuse_if_closed(source)
            self._taken.add(place)
            return place

    def _is_free(self, place: _Place) -> bool:
        return len(self._taken) < self._size and (not place.slow or self._slow() < self._slow_places)

    def _slow(self) -> int:
        return sum(place.slow for place in self._taken)

    def _worker(self, place: _Place, source: Source) -> Worker:
        """An idle worker, or a new one."""
        while place.worker is None:
            with self._changed:
                worker = self._idle.pop()[1] if self._idle else None
            if worker is None:
                worker = self._started(source)
            elif not worker.alive:
                worker.kill()
                continue
            with self._changed:
                place.worker = worker
                self._refuse_if_closed(source)
        return place.worker

    def _started(self, source: Source) -> Worker:
        """A new worker. Raises WorkerError when none starts, however often it is tried."""
        for number in range(_TRIES):
            self._refuse_if_closed(source)
            try:
                return Worker()
            except NoStart as error:
                why = str(error)
            with self._changed:
                self._changed.wait_for(lambda: self._closed, _START_WAIT_S * min(8, 2**number))
        raise _unread(source, why)

    def _becomes_slow(self, place: _Place) -> bool:
        """Take one of the slow places, if there is one."""
        with self._changed:
            place.slow = self._slow() < self._slow_places
            return place.slow

    def _leave(self, place: _Place) -> None:
        """Give the place back, and the worker if it is good for more."""
        worker = place.worker
        if worker is not None and not place.sound:
            worker.kill()
        with self._changed:
            self._taken.discard(place)
            is_kept = worker is not None and place.sound and not self._closed
            rested = self._rested()
            if is_kept:
                self._idle.append((time.monotonic(), cast(Worker, worker)))
            self._changed.notify_all()
        if worker is not None and place.sound and not is_kept:
            rested.append(worker)
        for one in rested:
            one.kill()

    def _rested(self) -> list[Worker]:
        """Those that had nothing to do for long, taken out of the idle: whoever comes takes the last that went."""
        since = time.monotonic() - RESTS_S
        rested = [worker for at, worker in self._idle if at < since]
        self._idle = [(at, worker) for at, worker in self._idle if at >= since]
        return rested

    def _refuse_if_closed(self, source: Source) -> None:
        if self._closed:
            raise ParseError(f"{source.id}: not read: everything is ending")


def _unread(source: Source, why: str) -> WorkerError:
    return WorkerError(
        f"{source.id}: not read: no reading process starts: {why}",
        hint="nothing is wrong with the source: see what ends processes on this machine, or whether its memory is full",
    )


def _late(source: Source) -> ParseError:
    return ParseError(
        f"{source.id}: reading it was stopped after {source.parse_deadline}",
        hint="parse_deadline in sources.toml allows more",
    )


def _senseless(source: Source, error: Exception) -> ParseError:
    log.error("source %s: an answer that cannot be read: %s", source.id, error)
    return ParseError(f"{source.id}: reading it gave an answer that makes no sense")


def _answer(message: bytes, source: Source) -> Answer:
    try:
        return msgspec.msgpack.decode(message, type=Answer)
    except msgspec.DecodeError as error:
        raise _senseless(source, error) from None


def _value(answer: Answer, source: Source, kind: type[T]) -> T:
    """What an answer holds. Raises what it says."""
    if answer.kind == "done":
        try:
            return msgspec.msgpack.decode(answer.result, type=kind, dec_hook=lambda _, data: Packed(data))
        except (msgspec.DecodeError, ValueError) as error:
            raise _senseless(source, error) from None
    if answer.kind == "memory":
        raise ParseError(
            f"{source.id}: reading it takes more than {source.parse_memory // 1_000_000} MB of memory",
            hint="parse_memory in sources.toml allows more",
        )
    if answer.kind == "fault":
        log.error("source %s: not read\n%s", source.id, answer.trace)
        raise FormatError(
            f"reading this as {source.format} failed: the fault is ours, not the file's; please report it with the file"
        )
    raise {"format": FormatError, "person": PersonError}[answer.kind](answer.message, hint=answer.hint)


def shared() -> Parser:
    """The pool of this process, for whoever has none of their own."""
    return _shared(os.getpid())


@cache
def _shared(_: int) -> Parser:
    # A forked child must not talk to its parent's workers.
    parser = Parser()
    atexit.register(parser.close)
    return parser
