"""Boxes as an origin sees them: many kept connections, requests at a rate, every answer timed and looked at."""

from __future__ import annotations

import bisect
import itertools
import random
import re
import select
import socket
import time
import zlib
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

PAGES_A_BOX = 6
_FIELD = re.compile(rb"\r\n(Content-Length|ETag|X-Release|Cache-Control|Connection): ([^\r]*)")
"""Of an answer, as our own origin spells them: the client takes its turns from whom it measures."""
_HEAD = (
    "GET {path} HTTP/1.1\r\nHost: tv\r\nAccept-Encoding: gzip\r\nUser-Agent: bench\r\n"
    "X-Forwarded-For: 10.9.{high}.{low}\r\n\r\n"
)
"""As an edge asks for its boxes; those of an estate have one address here."""


@dataclass
class Told:
    """What came back: milliseconds of each answer, how many failed and why, and the ETags by path and release."""

    spent: list[float] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    tags: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    documents: int = 0
    earlier: int = 0
    """Documents that were of an earlier release, where the newest was not there in time."""
    late: int = 0
    """Requests that were not sent when they should have been: the client had no turn."""

    @property
    def mixed(self) -> int:
        """Addresses that were answered with two bodies in one release."""
        return sum(len(tags) > 1 for tags in self.tags.values())

    def percentile(self, share: float) -> float:
        """Milliseconds under which that share of the answers came."""
        ordered = sorted(self.spent)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class Boxes:
    """``most`` kept connections to ``port``; ``run`` sends what is due."""

    def __init__(self, port: int, most: int = 256) -> None:
        self._port = port
        self._poll = select.epoll()
        self._free: deque[socket.socket] = deque()
        self._busy: dict[int, tuple[socket.socket, str, float, bytearray]] = {}
        self._most, self._open = most, 0
        self.told = Told()
        self._looked = 0.0

    def run(self, requests: Iterator[tuple[float, str]]) -> Told:
        """Send each (seconds from now, path) when its time has come; what came of them."""
        began = time.perf_counter()
        waiting = next(requests, None)
        while waiting is not None or self._busy:
            now = time.perf_counter() - began
            while waiting is not None and waiting[0] <= now and (self._free or self._open < self._most):
                self.told.late += now - waiting[0] > 0.05
                self._send(waiting[1])
                waiting = next(requests, None)
                now = time.perf_counter() - began
            pause = 0.5 if waiting is None else max(0.0, min(0.5, waiting[0] - now))
            for number, _ in self._poll.poll(pause):
                self._hear(number)
            if now - self._looked > 1:
                # The first of a dictionary that has lost many from its front is long to find.
                self._looked = now
                self._give_up()
        return self.told

    def _send(self, path: str) -> None:
        sock = self._free.popleft() if self._free else self._connect()
        box = zlib.crc32(path.split("/")[2].encode()) if path.count("/") > 1 else 0
        sock.sendall(_HEAD.format(path=path, high=box >> 8 & 255, low=box & 255).encode())
        self._busy[sock.fileno()] = sock, path, time.perf_counter(), bytearray()

    def _connect(self) -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", self._port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        self._poll.register(sock, select.EPOLLIN)
        self._open += 1
        return sock

    def _hear(self, number: int) -> None:
        if number not in self._busy:
            return
        sock, path, began, came = self._busy[number]
        try:
            data = sock.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        came += data
        if not data:
            self._lose(number, "closed")
            return
        end = came.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(came[:end])
        fields = dict(_FIELD.findall(head))
        if len(came) < end + 4 + int(fields.get(b"Content-Length", b"0")):
            return
        del self._busy[number]
        self._take(path, head, fields, 1000 * (time.perf_counter() - began))
        if b"Connection" in fields:
            self._drop(sock)
        else:
            self._free.append(sock)

    def _take(self, path: str, head: bytes, fields: dict[bytes, bytes], spent: float) -> None:
        told, status = self.told, head[9:12]
        told.spent.append(spent)
        if status not in (b"200", b"302", b"304"):
            told.failed[status.decode()] += 1
        elif b"ETag" in fields and b"X-Release" in fields:
            told.documents += path.endswith(".html")
            told.earlier += path.endswith(".html") and fields[b"Cache-Control"] == b"public, max-age=2"
            told.tags.setdefault((path, fields[b"X-Release"].decode()), set()).add(fields[b"ETag"].decode())

    def _give_up(self) -> None:
        if not self._busy:
            return
        number, (_, _, began, _) = next(iter(self._busy.items()))
        if time.perf_counter() - began > 10:
            self._lose(number, "no answer")

    def _lose(self, number: int, why: str) -> None:
        sock, _, _, _ = self._busy.pop(number)
        self.told.failed[why] += 1
        self._drop(sock)

    def _drop(self, sock: socket.socket) -> None:
        self._poll.unregister(sock)
        sock.close()
        self._open -= 1


class Zipf:
    """Draws from ``values`` by Zipf's law: the second is drawn half as often as the first."""

    def __init__(self, values: Sequence[str]) -> None:
        self._values = values
        self._sums = list(itertools.accumulate(1 / (rank + 1) for rank in range(len(values))))

    def draw(self, dice: random.Random) -> str:
        """One of the values."""
        return self._values[bisect.bisect_left(self._sums, dice.random() * self._sums[-1])]


def evening(
    estates: Sequence[str], profiles: Sequence[str], pages: Sequence[str], *, rate: float, seconds: float
) -> Iterator[tuple[float, str]]:
    """Boxes that come in at ``rate`` a second and walk six pages each, all within a few seconds."""
    dice, walk, number = random.Random(7), Zipf(pages), 0
    due: deque[tuple[float, str]] = deque()
    while number < rate * seconds or due:
        at = number / rate
        while due and (due[0][0] <= at or number >= rate * seconds):
            yield due.popleft()
        if number < rate * seconds:
            estate, profile = dice.choice(estates), dice.choice(profiles)
            yield at, f"/?estate={estate}&profile={profile}"
            yield at, f"/{profile}/{estate}/alert.json"
            steps = [at + 0.5 * step for step in range(PAGES_A_BOX)]
            found = ["100", *(walk.draw(dice) for _ in steps[1:])]
            for step, page in zip(steps, found, strict=True):
                bisect.insort(due, (step, f"/{profile}/{estate}/{page}.html"))
            number += 1
