"""What all makers share: the seed, chance that repeats itself, the city's clock and the list of documents.

Nothing here asks what time it is: a maker is given the moment. Chance is drawn from a hash, so the same seed and moment
give the same bytes on every machine.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tomllib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

SEED = "harbour-1"
ZONE = ZoneInfo("Europe/Dublin")
FIRST_MOMENT = datetime(2026, 11, 24, 8, 5, tzinfo=ZONE)
"""The moment of the committed records."""
ORIGIN = "http://127.0.0.1:8181"
"""Where the simulator listens unless told otherwise; links between documents start with it."""
DAY = 1440
"""Minutes: the step of what changes at local midnight."""
T = TypeVar("T")


class At(NamedTuple):
    """What a maker is asked for: the moment on the city's clock, and where links begin."""

    moment: datetime
    origin: str = ORIGIN

    @property
    def today(self) -> date:
        """The local day."""
        return self.moment.date()

    def day(self, days: int = 0) -> date:
        """A day so many days later."""
        return self.today + timedelta(days=days)

    def clock(self, hour: int, minute: int = 0, days: int = 0) -> datetime:
        """A time on the city's wall clock, ``days`` later."""
        return on(self.day(days), hour * 60 + minute)


Maker: TypeAlias = Callable[[At], bytes]


class File(NamedTuple):
    """One document. ``path`` is its place in ``records/`` and at the simulator; ``step`` is in minutes."""

    path: str
    media_type: str
    step: int
    make: Maker

    def floor(self, moment: datetime) -> datetime:
        """Since when the document is as it is at ``moment``."""
        if self.step >= DAY:
            return on(moment.astimezone(ZONE).date(), 0)
        seconds = self.step * 60
        return datetime.fromtimestamp(int(moment.timestamp()) // seconds * seconds, UTC).astimezone(ZONE)

    def at(self, moment: datetime, origin: str = ORIGIN) -> bytes:
        """The document as it stands at ``moment``."""
        return self.make(At(self.floor(moment), origin))


FILES: dict[str, File] = {}
"""Every document with a fixed name by path, filled by ``serves`` as the makers are imported."""


def serves(path: str, media_type: str, step: int = DAY) -> Callable[[Maker], Maker]:
    """Registers a maker."""

    def register(make: Maker) -> Maker:
        FILES[path] = File(path, media_type, step, make)
        return make

    return register


def on(day: date, minutes: int) -> datetime:
    """A time on the wall clock of ``day``."""
    return datetime.combine(day, time(minutes // 60, minutes % 60), tzinfo=ZONE)


def minutes_of(clock: str) -> int:
    """``26:15`` as minutes."""
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def chance(*key: object) -> float:
    """A number in [0, 1) that belongs to ``key`` alone."""
    text = "/".join([SEED, *map(str, key)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest(), "big") / (1 << 56)


def pick(choices: Sequence[T], *key: object) -> T:
    """One of ``choices``, the same for the same ``key``."""
    return choices[int(chance(*key) * len(choices))]


def plain(moment: datetime) -> str:
    """The wall clock without an offset, as most offices write it."""
    return moment.strftime("%Y-%m-%d %H:%M")


def iso(moment: datetime) -> str:
    """With the offset of the day."""
    return moment.isoformat(timespec="seconds")


def json_bytes(value: object) -> bytes:
    """JSON with the letters as they are."""
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def csv_text(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as CSV; the first are the heads."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


@cache
def texts(name: str) -> dict[str, Any]:
    """The words of ``texts/NAME.toml``."""
    return tomllib.loads((Path(__file__).parent / "texts" / f"{name}.toml").read_text(encoding="utf-8"))
