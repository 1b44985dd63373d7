"""Air quality: the station nearest to an estate, and the levels of the index (HJ 633-2012, table 2)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import inf

from channel.estates import Estate
from channel.memory import Slot
from channel.views.base import Inputs
from channel.views.content import Tone
from channel.words import N_, Say
from feeds.records import Reading

LEVELS: tuple[tuple[float, str, Tone], ...] = (
    (50, N_("Clean"), "green"),
    (100, N_("Fair"), "yellow"),
    (150, N_("Poor"), "red"),
    (200, N_("Bad"), "red"),
    (300, N_("Very bad"), "red"),
    (inf, N_("Hazard"), "red"),
)
"""Up to which index a level goes, its word and its tone."""
INDEX = ("AQI", "aqi", "空气质量指数")
_OLD = timedelta(hours=3)


def level_of(value: float) -> int:
    """The place among the levels of an air quality index."""
    return next((place for place, (most, _, _) in enumerate(LEVELS) if value <= most), len(LEVELS) - 1)


def stations_of(inputs: Inputs, role: str) -> Stations:
    """The stations of a role's readings, the same for all estates and moments."""
    return inputs.remembered(_STATIONS, inputs.digest(role), lambda: Stations(inputs.records(role, Reading)))


class Stations:
    """Readings by station, for many estates to ask."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        self._readings: dict[str, list[Reading]] = {}
        self._places: dict[str, tuple[float, float]] = {}
        self._near: dict[tuple[float | None, float | None], str] = {}
        for reading in readings:
            if reading.station:
                self._readings.setdefault(reading.station, []).append(reading)
                if reading.lon is not None and reading.lat is not None:
                    self._places.setdefault(reading.station, (reading.lon, reading.lat))
        for found in self._readings.values():
            found.sort(key=lambda r: (r.at is not None, r.at))
        self._turns = self._moments()

    def near(self, estate: Estate | None) -> tuple[str, Sequence[Reading]]:
        """The nearest station (the first one for the district, and where nobody knows) and its readings by time."""
        if not self._readings:
            return "", ()
        name = next(iter(self._readings)) if estate is None else self._nearest(estate)
        return name, self._readings[name]

    def _nearest(self, estate: Estate) -> str:
        where = (estate.lon, estate.lat)
        if where not in self._near:
            kms = {station: estate.distance_km(*place) for station, place in self._places.items()}
            known = {station: km for station, km in kms.items() if km is not None}
            self._near[where] = min(known, key=lambda station: known[station], default=next(iter(self._readings)))
        return self._near[where]

    def turns(self, moment: datetime) -> datetime | None:
        """When ``index_now`` may answer otherwise than at ``moment``; None: never."""
        after = bisect_right(self._turns, moment)
        return self._turns[after] if after < len(self._turns) else None

    def _moments(self) -> list[datetime]:
        moments = {r.at for found in self._readings.values() for r in found if r.name in INDEX and r.at is not None}
        return sorted(moments | {moment + _OLD for moment in moments})


_STATIONS: Slot[Stations] = Slot("stations", 64)


def index_now(readings: Sequence[Reading], moment: datetime) -> Reading | None:
    """The newest index that is at most three hours old."""
    found = [(r.at, r.id, r) for r in readings if r.name in INDEX and r.value is not None and r.at is not None]
    return max((row for row in found if moment - _OLD < row[0] <= moment), default=(None, "", None))[2]


def air_line(readings: Sequence[Reading], moment: datetime, say: Say) -> str:
    """``Air fair 68``, or nothing."""
    now = index_now(readings, moment)
    if now is None or now.value is None:
        return ""
    word, value = say(LEVELS[level_of(now.value)][1]), f"{now.value:.0f}"
    return say("Air {level} {value}", level=word, value=value)
