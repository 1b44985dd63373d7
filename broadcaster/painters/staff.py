"""The painters of a house: as many as there should be, each with one job, and what happens when one dies of it."""

from __future__ import annotations

import logging
import select
import time
from collections.abc import Callable

import msgspec

from broadcaster.painters.hands import Hands
from broadcaster.painters.turns import Job, Turns
from broadcaster.painters.wire import CHECK, READY, WARMER

log = logging.getLogger(__name__)

TRIES = 2
"""Painters that may die of a job; after that a plain screen is painted in its place."""
PLAIN_TRIES = 4
"""Painters that may die of the plain screen: it is none's fault, and they are being killed for other reasons."""
HANGS_S = 20.0
"""A painter that paints one thing for so long has gone wrong."""
STARTS_S = 60.0
_LONGEST_PAUSE_S = 10.0


class Done(msgspec.Struct, frozen=True, array_like=True):
    """``wire.Done``, its page as it came: it goes on as it is."""

    status: str
    page: msgspec.Raw = msgspec.Raw(b"\xc0")
    cached: bool = True
    sound: bool = True
    heavy: bool = False


_decode_done = msgspec.msgpack.Decoder(Done).decode


class Staff:
    """Keeps ``size`` painters, which ``start`` gives (it may raise OSError), at the jobs of ``turns``; what became of
    each is told to ``done``. Its sockets are registered with ``poll``: whoever polls calls ``hear``."""

    def __init__(
        self,
        size: int,
        start: Callable[[], Hands],
        turns: Turns,
        poll: select.epoll,
        done: Callable[[Job, Done], None],
    ) -> None:
        self._size, self._start, self._turns, self._poll, self._done = size, start, turns, poll, done
        self._painters: dict[int, Hands] = {}
        self._pause_until, self._false_starts = 0.0, 0
        self.deaths = 0
        self.seconds = 0.0
        """That painting took, all painters together."""

    def __contains__(self, number: int) -> bool:
        return number in self._painters

    @property
    def ready(self) -> tuple[int, ...]:
        """The process ids of those that can be given work."""
        return tuple(painter.pid for painter in self._painters.values() if painter.is_ready)

    @property
    def painting(self) -> int:
        """How many are at work."""
        return sum(painter.job is not None for painter in self._painters.values())

    def tend(self) -> None:
        """Start as many as are missing, one that is leaving replaced before it leaves; end those that hang."""
        now = time.monotonic()
        for painter in list(self._painters.values()):
            patience = HANGS_S if painter.is_ready else STARTS_S
            if (painter.job is not None or not painter.is_ready) and now - painter.since > patience:
                self._bury(painter)
        while now >= self._pause_until and sum(not p.is_leaving for p in self._painters.values()) < self._size:
            try:
                painter = self._start()
            except OSError as error:
                log.warning("a painter cannot be started", extra={"error": str(error)})
                self._pause()
                return
            self._painters[painter.fileno()] = painter
            self._poll.register(painter.fileno(), select.EPOLLIN)

    def hear(self, number: int) -> None:
        """The painter with this file number has something to say, or is gone."""
        painter = self._painters[number]
        try:
            for message in painter.heard():
                if message == READY:
                    painter.is_ready = True
                    self._false_starts = 0
                else:
                    self._painted(painter, _decode_done(message))
        except (EOFError, ValueError, msgspec.MsgspecError):
            self._bury(painter)
        self._dismiss()

    def hand_out(self) -> None:
        """Give those who have nothing to do what is next."""
        for painter in [p for p in self._painters.values() if p.is_ready and p.job is None]:
            job = self._turns.take(self._least())
            if job is None:
                return
            painter.give(job, plain=job.deaths >= TRIES)

    def end(self) -> None:
        """End them all."""
        for painter in self._painters.values():
            painter.end()
        self._painters.clear()

    def _least(self) -> int:
        """One painter of several is always there for those who wait: nobody waits for what the warmer wants."""
        warming = sum(p.job is not None and p.job.urgency == WARMER for p in self._painters.values())
        return CHECK if 0 < self._size - 1 <= warming else WARMER

    def _painted(self, painter: Hands, done: Done) -> None:
        job, painter.job = painter.job, None
        painter.is_leaving |= done.heavy
        if job is not None:
            self.seconds += time.monotonic() - painter.since
            self._done(job, done)

    def _dismiss(self) -> None:
        """Let those go that are replaced by now, if they have nothing to do."""
        fresh = sum(p.is_ready and not p.is_leaving for p in self._painters.values())
        for painter in list(self._painters.values()):
            if painter.is_leaving and painter.job is None and fresh >= self._size:
                self._let_go(painter)

    def _let_go(self, painter: Hands) -> int:
        number = painter.fileno()
        self._poll.unregister(number)
        del self._painters[number]
        return painter.end()

    def _bury(self, painter: Hands) -> None:
        """A painter is dead, or as good as dead: another one has its job."""
        job, was_ready = painter.job, painter.is_ready
        code = self._let_go(painter)
        self.deaths += 1
        log.warning("a painter died", extra={"code": code, "document": job.ask.name if job else ""})
        if not was_ready:
            self._pause()
        if job is None:
            return
        job.deaths += 1
        if job.deaths >= TRIES + PLAIN_TRIES:
            self._done(job, Done("failed"))
        else:
            self._turns.again(job)

    def _pause(self) -> None:
        self._false_starts += 1
        self._pause_until = time.monotonic() + min(_LONGEST_PAUSE_S, 0.1 * 2**self._false_starts)
