"""The painters of a house: as many as there should be, each with one job, and what happens when one dies of it."""

from __future__ import annotations

import logging
import select
import time
from collections.abc import Callable, Sequence

import msgspec

from broadcaster.painters.hands import Hands
from broadcaster.painters.turns import Job, Turns
from broadcaster.painters.wire import LATE, READY, RESTED, WARMER

log = logging.getLogger(__name__)

_EVERYTHING = range(WARMER + 1)
_HURRIED = tuple(urgency for urgency in _EVERYTHING if urgency not in (LATE, WARMER))
"""All but what nobody waits for."""
TRIES = 2
"""Painters that may die of a job; after that a plain screen is painted in its place."""
PLAIN_TRIES = 4
"""Painters that may die of the plain screen: it is none's fault, and they are being killed for other reasons."""
HANGS_S, IDLE_HANGS_S = 20.0, 300.0
"""A painter that paints one thing for so long has gone wrong; one that is idle may have had no turn while the machine
was busy with other things, and that is no page's fault."""
STARTS_S = 60.0
RESTS_S = 20.0
"""A painter that had nothing to do for so long may be replaced by one that remembers less, or leave all but one."""
BEHIND_S = 30.0
"""When what no box waits for has waited for so long, one painter is not enough for it."""
_LONGEST_PAUSE_S = 10.0


class Done(msgspec.Struct, frozen=True, array_like=True):
    """``wire.Done``, its page as it came: it goes on as it is."""

    status: str
    page: msgspec.Raw = msgspec.Raw(b"\xc0")
    cached: bool = True
    sound: bool = True
    weight: int = 0


_decode_done = msgspec.msgpack.Decoder(Done).decode


class Staff:
    """Keeps painters, which ``start`` gives (it may raise OSError), at the jobs of ``turns``: ``size`` while there is
    work for them, one when there is none. What became of each job is told to ``done``; a painter of more than
    ``memory`` bytes is replaced. Their sockets are registered with ``poll``: whoever polls calls ``hear``."""

    def __init__(
        self,
        size: int,
        start: Callable[..., Hands],
        turns: Turns,
        poll: select.epoll,
        done: Callable[[Job, Done], None],
        memory: int,
    ) -> None:
        self._size, self._start, self._turns, self._poll, self._done = size, start, turns, poll, done
        self._memory = memory
        self._painters: dict[int, Hands] = {}
        self._pause_until, self._false_starts = 0.0, 0
        self._all_until = time.monotonic() + RESTS_S
        self._waits_since = 0.0
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
        wanted = self._wanted(now)
        for painter in list(self._painters.values()):
            patience = STARTS_S if not painter.is_ready else IDLE_HANGS_S if painter.is_idle else HANGS_S
            if (painter.job is not None or not painter.is_ready) and now - painter.since > patience:
                self._bury(painter)
            elif painter.job is None and now - painter.since > RESTS_S:
                spare = painter.is_idle and len(self._staying) > wanted
                painter.is_leaving |= spare or painter.weight > RESTED
        while now >= self._pause_until and len(self._staying) < wanted:
            try:
                painter = self._start(idle=self._wants_idle())
            except OSError as error:
                log.warning("a painter cannot be started", extra={"error": str(error)})
                self._pause()
                return
            self._painters[painter.fileno()] = painter
            self._poll.register(painter.fileno(), select.EPOLLIN)
        self._dismiss(wanted)

    def hear(self, number: int) -> None:
        """The painter with this file number has something to say, or is gone."""
        painter = self._painters[number]
        try:
            for message in painter.heard():
                if message.startswith(READY):
                    painter.pid = int.from_bytes(message[len(READY) :], "big")
                    self._false_starts = 0
                else:
                    self._painted(painter, _decode_done(message))
        except (EOFError, ValueError, msgspec.MsgspecError):
            self._bury(painter)

    def hand_out(self) -> None:
        """Give those who have nothing to do what is next."""
        free = [painter for painter in self._painters.values() if painter.is_ready and painter.job is None]
        for painter in sorted(free, key=lambda painter: painter.is_idle):
            job = self._turns.take(self._allowed(painter))
            if job is not None:
                painter.give(job, plain=job.deaths >= TRIES)
        if not len(self._turns):
            self._waits_since = 0.0
        elif not self._waits_since:
            self._waits_since = time.monotonic()

    def end(self) -> None:
        """End them all."""
        for painter in self._painters.values():
            painter.end()
        self._painters.clear()

    def _allowed(self, painter: Hands) -> Sequence[int]:
        """What a painter may begin: one of several is always there for those who wait. A minute's boards are thousands,
        and boxes have those of the minute before."""
        return _EVERYTHING if self._size == 1 or painter.is_idle else _HURRIED

    @property
    def _staying(self) -> list[Hands]:
        return [painter for painter in self._painters.values() if not painter.is_leaving]

    def _wanted(self, now: float) -> int:
        """How many there should be: each has sixty megabytes and more of its own, and most of the day nobody waits."""
        if self._waits_since and (self._turns.is_hurried or now - self._waits_since > BEHIND_S):
            self._all_until = now + RESTS_S
        return self._size if now < self._all_until else 1

    def _wants_idle(self) -> bool:
        """Whether the next painter is one that paints while the machine has nothing else to do: all of several but
        one."""
        return self._size > 1 and sum(painter.is_idle for painter in self._staying) < self._size - 1

    def _painted(self, painter: Hands, done: Done) -> None:
        job, painter.job = painter.job, None
        painter.weight = done.weight
        painter.is_leaving |= painter.weight > self._memory
        if job is not None:
            self.seconds += time.monotonic() - painter.since
            self._done(job, done)

    def _dismiss(self, wanted: int) -> None:
        """Let those go that are replaced by now, or not needed, if they have nothing to do."""
        fresh = sum(painter.is_ready for painter in self._staying)
        for painter in list(self._painters.values()):
            if painter.is_leaving and painter.job is None and fresh >= wanted:
                self._let_go(painter)

    def _let_go(self, painter: Hands) -> None:
        number = painter.fileno()
        self._poll.unregister(number)
        del self._painters[number]
        painter.end()

    def _bury(self, painter: Hands) -> None:
        """A painter is dead, or as good as dead: another one has its job."""
        job, was_ready = painter.job, painter.is_ready
        self._let_go(painter)
        self.deaths += 1
        log.warning("a painter died", extra={"pid": painter.pid, "document": job.ask.name if job else ""})
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
