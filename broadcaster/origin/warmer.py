"""The warmer: what is watched is painted ahead, before anybody waits for it, in the order in which it is watched.

Views are counted by address, halve every hour, and know of no household. After each release those pages that it
changed are painted again for whoever watches them: alerts and the home page of every family first. It asks last in the
painters' queue, so nobody waits for what it wants. One worker of a machine warms; where it dies another takes over.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from broadcaster.origin.metrics import Counters
from broadcaster.origin.paintings import Paintings, ask_for
from broadcaster.origin.ready import OnAir
from broadcaster.origin.view import ServedRelease
from broadcaster.painters import WARMER, Ask, Client
from broadcaster.painters.wire import HOST
from channel.estates import DISTRICT
from channel.release.locks import acquire
from channel.release.reading import Release
from feeds.base.errors import BusyError, ChannelError

HOME = "100"
HALF_LIFE_S = 3600.0
COUNT_S = 10.0
KEEP_S = 60.0
"""How often the counts are written down, for the next start."""
MOST = 20_000
"""Addresses that are remembered."""
LEAST = 0.05
"""What was not watched for some hours is forgotten."""
WATCHED = 200
"""Addresses of the warmest that ``/readyz`` speaks of."""
_PATH = re.compile(r"/([a-z0-9-]+)/([a-z0-9-]{1,32})/([0-9]{3})\.html")
_PATIENCE_S = 20.0

Address = tuple[str, str, str]
"""Profile, estate, page."""


class Watched:
    """How often each address was watched, halved every hour."""

    def __init__(self) -> None:
        self._counts: dict[Address, float] = {}
        self._at = time.monotonic()

    def take(self, looks: Iterable[Mapping[str, int]]) -> None:
        """Count what was seen since the last time, by path."""
        now = time.monotonic()
        fade = 0.5 ** ((now - self._at) / HALF_LIFE_S)
        self._at = now
        self._counts = {address: count * fade for address, count in self._counts.items() if count * fade >= LEAST}
        for path, number in (pair for seen in looks for pair in seen.items()):
            match = _PATH.fullmatch(path)
            if match:
                address = match[1], match[2], match[3]
                self._counts[address] = self._counts.get(address, 0.0) + number
        if len(self._counts) > MOST:
            self._counts = dict(sorted(self._counts.items(), key=lambda item: -item[1])[: MOST // 2])

    def ordered(self) -> list[Address]:
        """The addresses: those of the page and family that is watched most first, in it the estate that does most."""
        groups: dict[tuple[str, str], float] = {}
        for (profile, _, page), count in self._counts.items():
            groups[profile, page] = groups.get((profile, page), 0.0) + count
        return sorted(self._counts, key=lambda a: (-groups[a[0], a[2]], a[0], a[2], -self._counts[a], a[1]))

    def profiles(self, page: str, estates: Collection[str]) -> dict[str, float]:
        """How often ``page`` was watched lately in ``estates``, by profile."""
        found: dict[str, float] = {}
        for (profile, estate, number), count in self._counts.items():
            if number == page and estate in estates:
                found[profile] = found.get(profile, 0.0) + count
        return found

    def dump(self) -> str:
        """The counts as they are written down."""
        return json.dumps([[*address, round(count, 3)] for address, count in self._counts.items()])

    def load(self, text: str) -> None:
        """Take up what was written down; nonsense is passed over."""
        with suppress(ValueError, TypeError):
            self._counts = {(str(p), str(e), str(n)): float(c) for p, e, n, c in json.loads(text)[:MOST]}


class Warmer:
    """Warms the cache of ``paintings`` for what ``views`` has on air, by what ``counters`` saw."""

    def __init__(self, views: OnAir, paintings: Paintings, counters: Counters, state: Path) -> None:
        self._views, self._paintings, self._counters = views, paintings, counters
        self._state = state
        self._file = state / f"watched-{HOST}.json"
        self._watched = Watched()
        with suppress(OSError):
            self._watched.load(self._file.read_text())
        self._lock = -1
        self._last: Release | None = None

    def start(self) -> None:
        """Warm from a thread of its own."""
        threading.Thread(target=self._loop, name="warmer", daemon=True).start()

    def warmth(self, view: ServedRelease) -> tuple[int, int]:
        """How many of the documents that are painted first are there, of how many: those of alerts and the home page
        of every family, and what is watched most. Raises StoreError."""
        wanted = list(dict.fromkeys([*self._first(view), *self._watched.ordered()[:WATCHED]]))
        asks = [ask for address in wanted if (ask := self._ask(view.release, address)) is not None]
        return sum(self._paintings.has(ask.key) for ask in asks), len(asks)

    def _loop(self) -> None:
        client = Client(self._state, patience=_PATIENCE_S)
        counted = kept = 0.0
        while True:
            time.sleep(1.0)
            now = time.monotonic()
            if now - counted >= COUNT_S:
                counted = now
                looks = self._counters.looks
                self._watched.take([looks.popleft() for _ in range(len(looks))])
            if self._lock < 0 and not self._lead():
                continue
            if now - kept >= KEEP_S:
                kept = now
                self._keep()
            view = self._views.current
            if view is not None and not view.coming and view.release is not self._last:
                with suppress(ChannelError, OSError):
                    self._warm(client, view)

    def _warm(self, client: Client, view: ServedRelease) -> None:
        """Paint ahead until all is done or another release is on air; that one then begins anew."""
        before, self._last = self._last, None
        for _, answer in client.ask_all(self._wanted(view, before), window=2):
            if self._views.current is not view or answer.status == "away":
                return
        self._last = view.release

    def _wanted(self, view: ServedRelease, before: Release | None) -> Iterator[Ask]:
        release = view.release
        same_ground = before is not None and before.root.declared == release.root.declared
        watched = self._watched.ordered()
        for address in dict.fromkeys([*self._first(view), *_warnings(release, watched), *watched]):
            if self._views.current is not view:
                return
            page = address[2]
            if same_ground and before is not None and before.root.map_of(page) == release.root.map_of(page):
                continue
            ask = self._ask(release, address)
            if ask is not None and not self._paintings.has(ask.key):
                yield ask

    def _first(self, view: ServedRelease) -> list[Address]:
        pages = [*sorted(view.release.root.warnings), HOME]
        return [(profile, DISTRICT, page) for page in pages for profile in view.offered]

    def _ask(self, release: Release, address: Address) -> Ask | None:
        profile, estate, page = address
        if profile not in self._paintings.profiles:
            return None
        name = f"{page}.html"
        found = self._paintings.recipe(release, profile, estate, name)
        return found and ask_for(found, release, profile, estate, name, WARMER)

    def _lead(self) -> bool:
        """Whether this worker is the one that warms, from now on."""
        with suppress(OSError, BusyError):
            self._lock = acquire(self._state / f"warming-{HOST}.lock", wait=0.0)
        return self._lock >= 0

    def _keep(self) -> None:
        with suppress(OSError):
            fresh = self._file.with_suffix(".tmp")
            fresh.write_text(self._watched.dump())
            fresh.replace(self._file)


def _warnings(release: Release, watched: list[Address]) -> list[Address]:
    """The pages of alerts of every estate, for the families that are watched."""
    families = dict.fromkeys(profile for profile, _, _ in watched)
    return [(p, e, page) for page in sorted(release.root.warnings) for p in families for e in release.map(page).entries]
