"""What all makers of the example share: the seed, chance that repeats itself, and the list of sources.

Nothing here knows what time it is: a maker is given the moment. The same seed and moment give the same bytes on every
machine, because chance is drawn from a hash and never from a generator's state.
"""

from __future__ import annotations

import hashlib
import random
import tomllib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

SEED = "minhang-1"
SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_MOMENT = datetime(2026, 11, 24, 8, 5, tzinfo=SHANGHAI)
"""The moment of the committed records."""
ORIGIN = "http://127.0.0.1:8181"
"""Where the simulator listens unless told otherwise; links between documents start with it."""
EPOCH = datetime(2026, 1, 1, tzinfo=SHANGHAI)

T = TypeVar("T")


class At(NamedTuple):
    """What a maker is asked for: the moment (Asia/Shanghai, already rounded down to its step) and the origin."""

    moment: datetime
    origin: str = ORIGIN

    @property
    def midnight(self) -> datetime:
        """The start of the local day."""
        return self.moment.replace(hour=0, minute=0, second=0, microsecond=0)

    @property
    def day(self) -> int:
        """Days since the epoch of the example."""
        return (self.midnight - EPOCH).days

    def date(self, days: int = 0) -> str:
        """The local date ``days`` later as YYYY-MM-DD."""
        return (self.midnight + timedelta(days=days)).strftime("%Y-%m-%d")

    def clock(self, hour: int, minute: int = 0, days: int = 0) -> datetime:
        """A time of day, ``days`` later."""
        return self.midnight + timedelta(days=days, hours=hour, minutes=minute)


Maker: TypeAlias = Callable[[At], bytes]


class File(NamedTuple):
    """One document of a source. ``path`` is its place in ``records/`` and its path at the simulator."""

    source: str
    path: str
    media_type: str
    step: timedelta
    make: Maker

    def at(self, moment: datetime, origin: str = ORIGIN) -> bytes:
        """The document as it stands at ``moment``."""
        return self.make(At(self.floor(moment), origin))

    def floor(self, moment: datetime) -> datetime:
        """The last moment at which this document changed."""
        local = moment.astimezone(SHANGHAI)
        return EPOCH + (local - EPOCH) // self.step * self.step


FILES: dict[str, File] = {}
"""Every document by path, filled by ``serves`` as the makers are imported."""


def serves(source: str, path: str, media_type: str, **step: float) -> Callable[[Maker], Maker]:
    """Registers a maker. ``step`` (as for timedelta) is how often the document can change."""

    def register(make: Maker) -> Maker:
        FILES[path] = File(source, path, media_type, timedelta(**step), make)
        return make

    return register


def dice(*key: object) -> random.Random:
    """A generator that belongs to ``key`` alone."""
    return random.Random("/".join([SEED, *map(str, key)]))


def chance(*key: object) -> float:
    """A number in [0, 1) that belongs to ``key`` alone; cheaper than ``dice`` for a single draw."""
    text = "/".join([SEED, *map(str, key)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest(), "big") / (1 << 56)


def pick(choices: Sequence[T], *key: object) -> T:
    """One of ``choices``, the same for the same ``key``."""
    return choices[int(chance(*key) * len(choices))]


def iso(moment: datetime) -> str:
    """ISO 8601 with the local offset."""
    return moment.isoformat(timespec="seconds")


def utc(moment: datetime) -> datetime:
    """The moment in UTC."""
    return moment.astimezone(UTC)


def phone(*key: object) -> str:
    """A number that no one has: Shanghai, 5550 and four digits."""
    return f"021-5550 {int(chance('phone', *key) * 10_000):04d}"


@cache
def texts(name: str) -> dict[str, Any]:
    """The words of ``texts/NAME.toml``."""
    return tomllib.loads((Path(__file__).parent / "texts" / f"{name}.toml").read_text(encoding="utf-8"))
